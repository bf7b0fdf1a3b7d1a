import { concatBytes, EMPTY_BYTES, viewOf } from './bytes.ts';
import { marshalError, type ValueCodec } from './codec.ts';
import { decodeVarint, encodeVarint } from './integers.ts';

/** `unscaled` × 10^-`scale`. Equal numbers of different scale are different values that compare equal. */
export interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

const MIN_SCALE = -(2 ** 31);
const MAX_SCALE = 2 ** 31 - 1;
const SCALE_BYTES = 4;
const DECIMAL = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/;

export function decimal(unscaled: bigint, scale: number): Decimal {
  return { unscaled, scale };
}

/** Java's `new BigDecimal(text)`; null when it would throw. */
export function parseDecimal(text: string): Decimal | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const [, sign, whole = '', fraction = match[4] ?? '', , exponent = '0'] = match;
  const magnitude = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  if (scale < MIN_SCALE || scale > MAX_SCALE) return null;
  return { unscaled: sign === '-' ? -magnitude : magnitude, scale };
}

/** Java's `BigDecimal.toString`. */
export function decimalText({ unscaled, scale }: Decimal): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = digitsOf(unscaled);
  if (scale === 0) return sign + digits;
  const exponent = digits.length - 1 - scale;
  if (scale > 0 && exponent >= -6) return sign + withPoint(digits, scale);
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return exponent === 0 ? sign + mantissa : `${sign}${mantissa}E${exponent > 0 ? '+' : ''}${exponent}`;
}

/** Java's `BigDecimal.toPlainString`. */
export function decimalPlainText({ unscaled, scale }: Decimal): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = digitsOf(unscaled);
  if (scale <= 0) return sign + (unscaled === 0n ? '0' : digits + '0'.repeat(-scale));
  return sign + withPoint(digits, scale);
}

function withPoint(digits: string, scale: number): string {
  const padded = digits.padStart(scale + 1, '0');
  return `${padded.slice(0, padded.length - scale)}.${padded.slice(padded.length - scale)}`;
}

function digitsOf(value: bigint): string {
  return (value < 0n ? -value : value).toString();
}

/** By numeric value. Magnitudes are compared by their exponents first, so that no scale makes it slow. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const leftSign = signOf(left.unscaled);
  const rightSign = signOf(right.unscaled);
  if (leftSign !== rightSign) return leftSign < rightSign ? -1 : 1;
  if (leftSign === 0) return 0;
  const leftDigits = digitsOf(left.unscaled);
  const rightDigits = digitsOf(right.unscaled);
  const exponents = leftDigits.length - left.scale - (rightDigits.length - right.scale);
  if (exponents !== 0) return exponents < 0 ? -leftSign : leftSign;
  const length = Math.max(leftDigits.length, rightDigits.length);
  const leftPadded = leftDigits.padEnd(length, '0');
  const rightPadded = rightDigits.padEnd(length, '0');
  if (leftPadded === rightPadded) return 0;
  return leftPadded < rightPadded ? -leftSign : leftSign;
}

function signOf(value: bigint): number {
  if (value === 0n) return 0;
  return value < 0n ? -1 : 1;
}

/** The same number with the given scale, for scales that do not lose digits. */
export function rescale(value: Decimal, scale: number): bigint {
  return value.unscaled * 10n ** BigInt(scale - value.scale);
}

function decode(bytes: Uint8Array): Decimal {
  return { unscaled: decodeVarint(bytes.subarray(SCALE_BYTES)), scale: viewOf(bytes).getInt32(0) };
}

function encode(value: Decimal): Uint8Array {
  const scale = new Uint8Array(SCALE_BYTES);
  viewOf(scale).setInt32(0, value.scale);
  return concatBytes([scale, encodeVarint(value.unscaled)]);
}

export const decimalCodec: ValueCodec<Decimal> = {
  quoted: false,
  validate(bytes) {
    if (bytes.length === 0 || bytes.length >= SCALE_BYTES) return;
    throw marshalError(`Expected 0 or at least 4 bytes (${bytes.length})`);
  },
  fromText(text) {
    if (text === '') return EMPTY_BYTES;
    const value = parseDecimal(text);
    if (value === null) throw marshalError(`unable to make BigDecimal from '${text}'`);
    return encode(value);
  },
  toText: (bytes) => decimalText(decode(bytes)),
  decode: (bytes) => (bytes.length === 0 ? null : decode(bytes)),
  encode,
  compare(left, right) {
    if (left.length === 0 || right.length === 0) return Math.sign(left.length - right.length);
    return compareDecimals(decode(left), decode(right));
  },
};
