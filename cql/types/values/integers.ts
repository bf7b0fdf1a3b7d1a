import { compareBytes, compareNumbers, EMPTY_BYTES, toHex, viewOf } from './bytes.ts';
import { marshalError, type ValueCodec } from './codec.ts';

const JAVA_INTEGER = /^[+-]?\d+$/;

/** The integer of a decimal text within a signed range of `bits`, null when it is none (Java's parseInt and its like). */
export function parseBounded(text: string, bits: number): bigint | null {
  if (!JAVA_INTEGER.test(text)) return null;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(bits, value) === value ? value : null;
}

interface FixedInteger<T> {
  readonly javaName: string;
  readonly size: number;
  readonly allowsEmpty: boolean;
  readonly sizeError: (length: number) => string;
  readonly read: (view: DataView) => T;
  readonly write: (view: DataView, value: T) => void;
  readonly fromBigInt: (value: bigint) => T;
}

function fixedInteger<T extends number | bigint>(spec: FixedInteger<T>): ValueCodec<T> {
  const encode = (value: T): Uint8Array => {
    const bytes = new Uint8Array(spec.size);
    spec.write(viewOf(bytes), value);
    return bytes;
  };
  const decode = (bytes: Uint8Array): T | null => (bytes.length === 0 ? null : spec.read(viewOf(bytes)));
  return {
    quoted: false,
    validate(bytes) {
      if (bytes.length === spec.size || (bytes.length === 0 && spec.allowsEmpty)) return;
      throw marshalError(spec.sizeError(bytes.length));
    },
    fromText(text) {
      if (text === '') return EMPTY_BYTES;
      const value = parseBounded(text, spec.size * 8);
      if (value === null) throw marshalError(`Unable to make ${spec.javaName} from '${text}'`);
      return encode(spec.fromBigInt(value));
    },
    toText: (bytes) => String(decode(bytes)),
    decode,
    encode,
    compare(left, right) {
      if (left.length === 0 || right.length === 0) return Math.sign(left.length - right.length);
      return compareNumbers(spec.read(viewOf(left)), spec.read(viewOf(right)));
    },
  };
}

export const bigintCodec: ValueCodec<bigint> = fixedInteger({
  javaName: 'long',
  size: 8,
  allowsEmpty: true,
  sizeError: (length) => `Expected 8 or 0 byte long (${length})`,
  read: (view) => view.getBigInt64(0),
  write: (view, value) => view.setBigInt64(0, value),
  fromBigInt: (value) => value,
});

export const intCodec: ValueCodec<number> = fixedInteger({
  javaName: 'int',
  size: 4,
  allowsEmpty: true,
  sizeError: (length) => `Expected 4 or 0 byte int (${length})`,
  read: (view) => view.getInt32(0),
  write: (view, value) => view.setInt32(0, value),
  fromBigInt: Number,
});

export const smallintCodec: ValueCodec<number> = fixedInteger({
  javaName: 'short',
  size: 2,
  allowsEmpty: false,
  sizeError: (length) => `Expected 2 bytes for a smallint (${length})`,
  read: (view) => view.getInt16(0),
  write: (view, value) => view.setInt16(0, value),
  fromBigInt: Number,
});

export const tinyintCodec: ValueCodec<number> = fixedInteger({
  javaName: 'byte',
  size: 1,
  allowsEmpty: false,
  sizeError: (length) => `Expected 1 byte for a tinyint (${length})`,
  read: (view) => view.getInt8(0),
  write: (view, value) => view.setInt8(0, value),
  fromBigInt: Number,
});

/** A counter's value as clients see it. Its stored form is a context that only the shard reads. */
export const counterCodec: ValueCodec<bigint> = { ...bigintCodec, compare: compareBytes };

/** Two's complement, big-endian, of the least length. */
export function encodeVarint(value: bigint): Uint8Array {
  const magnitude = value < 0n ? -value - 1n : value;
  const length = Math.floor(magnitude === 0n ? 0 : magnitude.toString(2).length / 8) + 1;
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  return Uint8Array.from({ length }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** The inverse; no bytes at all are zero. */
export function decodeVarint(bytes: Uint8Array): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x0${toHex(bytes)}`));
}

export const varintCodec: ValueCodec<bigint> = {
  quoted: false,
  validate: () => undefined,
  fromText(text) {
    if (text === '') return EMPTY_BYTES;
    if (!JAVA_INTEGER.test(text)) throw marshalError(`unable to make int from '${text}'`);
    return encodeVarint(BigInt(text.startsWith('+') ? text.slice(1) : text));
  },
  toText: (bytes) => decodeVarint(bytes).toString(),
  decode: (bytes) => (bytes.length === 0 ? null : decodeVarint(bytes)),
  encode: encodeVarint,
  compare(left, right) {
    if (left.length === 0 || right.length === 0) return Math.sign(left.length - right.length);
    return compareNumbers(decodeVarint(left), decodeVarint(right));
  },
};
