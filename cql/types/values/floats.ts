import { EMPTY_BYTES, viewOf } from './bytes.ts';
import { marshalError, type ValueCodec } from './codec.ts';

const JAVA_FLOAT = /^\s*[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)\s*$/;

/** More than the middle of two floats has in decimal, 2^-150 at the least: a bound on the work of a long text. */
const MIDDLE_DIGITS = 160;
/** The largest number of digits that tell two floats apart. */
const FLOAT_DIGITS = 9;

function parseJavaDouble(text: string): number | null {
  if (!JAVA_FLOAT.test(text)) return null;
  return Number(
    text
      .trim()
      .replace(/^[+-](?=NaN)/, '')
      .replace(/(?<=[\d.])[fFdD]$/, ''),
  );
}

/**
 * `Float.parseFloat`: the float nearest to the text. Through the nearest double it would be another one where that
 * double lies in the middle of two floats and the text beside it.
 */
function parseJavaFloat(text: string): number | null {
  const double = parseJavaDouble(text);
  if (double === null) return null;
  const float = Math.fround(double);
  if (float === double || !Number.isFinite(double)) return float;
  const other = neighbour(float, double);
  if (bounded(float) / 2 + bounded(other) / 2 !== double) return float;
  const beside = compareDecimal(text, double);
  if (beside === 0) return float;
  return beside > 0 ? Math.max(float, other) : Math.min(float, other);
}

/** The float next to `float` in the direction of `towards`, which differs from it. */
function neighbour(float: number, towards: number): number {
  const view = new DataView(new ArrayBuffer(4));
  if (float === 0) {
    view.setUint32(0, 1);
    return towards > 0 ? view.getFloat32(0) : -view.getFloat32(0);
  }
  view.setFloat32(0, float);
  view.setUint32(0, view.getUint32(0) + (Math.abs(towards) > Math.abs(float) ? 1 : -1));
  return view.getFloat32(0);
}

/** What lies beyond the largest float counts as the next power of two when it is rounded. */
function bounded(float: number): number {
  return Number.isFinite(float) ? float : Math.sign(float) * 2 ** 128;
}

/** The sign of text - double, exactly. */
function compareDecimal(text: string, double: number): number {
  const found = /^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?/.exec(text);
  const [, sign = '', whole = '', fraction = '', power = '0'] = found ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  // Of what lies behind all digits that a middle can have it matters only whether it is nothing.
  const more = /[1-9]/.test(digits.slice(MIDDLE_DIGITS)) ? 1 : 0;
  const decimal = BigInt(`${digits.slice(0, MIDDLE_DIGITS)}${more}`) * (sign === '-' ? -1n : 1n);
  const exponent = Number(power) - fraction.length + Math.max(digits.length - MIDDLE_DIGITS, 0) - 1;
  // A float's middle is a whole number of 2^-150ths.
  const binary = BigInt(double * 2 ** 75 * 2 ** 75);
  const [left, right] =
    exponent >= 0
      ? [(decimal * 10n ** BigInt(exponent)) << 150n, binary]
      : [decimal << 150n, binary * 10n ** BigInt(-exponent)];
  return left < right ? -1 : Number(left > right);
}

/** `Double.toString` of Java: scientific outside of [10^-3, 10^7), always with a fraction. */
export function javaDoubleText(value: number): string {
  return javaText(value, value.toString());
}

/** `Float.toString` of Java: the fewest digits that give the same float again. */
export function javaFloatText(value: number): string {
  if (!Number.isFinite(value)) return javaText(value, '');
  for (let digits = 2; digits < FLOAT_DIGITS; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return javaText(value, text);
  }
  return javaText(value, value.toPrecision(FLOAT_DIGITS));
}

function javaText(value: number, shortest: string): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const sign = value < 0 ? '-' : '';
  const { digits, exponent } = scientific(shortest.replace(/^-/, ''));
  if (exponent < -3 || exponent >= 7) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** Significant digits and the exponent of the first of them. */
function scientific(text: string): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  const leading = all.length - all.replace(/^0+/, '').length;
  const digits = all.slice(leading).replace(/0+$/, '');
  return { digits, exponent: Number(power) + whole.length - leading - 1 };
}

/** Java's `Double.compare`: -0.0 before 0.0, NaN after everything. */
export function compareDoubles(left: number, right: number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  if (left === right && left !== 0) return 0;
  return rank(left) - rank(right);
}

function rank(value: number): number {
  if (Number.isNaN(value)) return 2;
  return Object.is(value, -0) ? 0 : 1;
}

function floatCodec(
  javaName: string,
  size: 4 | 8,
  parse: (text: string) => number | null,
  print: (value: number) => string,
): ValueCodec<number> {
  const read = (bytes: Uint8Array): number => (size === 4 ? viewOf(bytes).getFloat32(0) : viewOf(bytes).getFloat64(0));
  const encode = (value: number): Uint8Array => {
    const bytes = new Uint8Array(size);
    if (size === 4) viewOf(bytes).setFloat32(0, value);
    else viewOf(bytes).setFloat64(0, value);
    return bytes;
  };
  return {
    quoted: false,
    validate(bytes) {
      if (bytes.length === size || bytes.length === 0) return;
      throw marshalError(`Expected ${size} or 0 byte value for a ${javaName} (${bytes.length})`);
    },
    fromText(text) {
      if (text === '') return EMPTY_BYTES;
      const value = parse(text);
      if (value === null) throw marshalError(`Unable to make ${javaName} from '${text}'`);
      return encode(value);
    },
    toText: (bytes) => print(read(bytes)),
    decode: (bytes) => (bytes.length === 0 ? null : read(bytes)),
    encode,
    compare(left, right) {
      if (left.length === 0 || right.length === 0) return Math.sign(left.length - right.length);
      return compareDoubles(read(left), read(right));
    },
  };
}

export const floatValueCodec: ValueCodec<number> = floatCodec('float', 4, parseJavaFloat, javaFloatText);
export const doubleCodec: ValueCodec<number> = floatCodec('double', 8, parseJavaDouble, javaDoubleText);
