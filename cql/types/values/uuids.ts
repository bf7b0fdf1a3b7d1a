import { compareBytes, compareNumbers, EMPTY_BYTES, fromHex, toHex, viewOf } from './bytes.ts';
import { marshalError, type ValueCodec } from './codec.ts';

const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const UUID_BYTES = 16;

/** The 16 bytes of a canonical text; null when it is none. */
export function parseUuid(text: string): Uint8Array | null {
  return UUID.test(text) ? fromHex(text.replaceAll('-', '')) : null;
}

export function uuidText(bytes: Uint8Array): string {
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function uuidVersion(bytes: Uint8Array): number {
  return (bytes[6] as number) >> 4;
}

/** 100-ns intervals since 1582-10-15 of a version 1 UUID. */
export function timeuuidTicks(bytes: Uint8Array): bigint {
  const msb = viewOf(bytes).getBigUint64(0);
  return ((msb & 0xfffn) << 48n) | (((msb >> 16n) & 0xffffn) << 32n) | (msb >> 32n);
}

function validateLength(bytes: Uint8Array): void {
  if (bytes.length === UUID_BYTES || bytes.length === 0) return;
  throw marshalError(`UUID should be 16 or 0 bytes (${bytes.length})`);
}

/** Version first; version 1 by time, the others as unsigned bytes (UUIDType.compareCustom). */
function compareUuids(left: Uint8Array, right: Uint8Array): number {
  if (left.length === 0 || right.length === 0) return Math.sign(left.length - right.length);
  const version = uuidVersion(left);
  const versions = compareNumbers(version, uuidVersion(right));
  if (versions !== 0) return versions;
  if (version === 1) {
    const times = compareNumbers(timeuuidTicks(left), timeuuidTicks(right));
    if (times !== 0) return times;
  }
  return compareBytes(left, right);
}

/** By time, then by signed bytes of the lower half (TimeUUIDType.compareCustom). */
function compareTimeuuids(left: Uint8Array, right: Uint8Array): number {
  if (left.length === 0 || right.length === 0) return Math.sign(left.length - right.length);
  const times = compareNumbers(timeuuidTicks(left), timeuuidTicks(right));
  if (times !== 0) return times;
  for (let i = 8; i < UUID_BYTES; i++) {
    const difference = (((left[i] as number) << 24) >> 24) - (((right[i] as number) << 24) >> 24);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

function encode(text: string): Uint8Array {
  const bytes = parseUuid(text);
  if (bytes === null) throw marshalError(`Unable to make UUID from '${text}'`);
  return bytes;
}

export const uuidCodec: ValueCodec<string> = {
  quoted: false,
  validate: validateLength,
  fromText: (text) => (text === '' ? EMPTY_BYTES : encode(text)),
  toText: uuidText,
  decode: (bytes) => (bytes.length === 0 ? null : uuidText(bytes)),
  encode,
  compare: compareUuids,
};

export const timeuuidCodec: ValueCodec<string> = {
  ...uuidCodec,
  validate(bytes) {
    validateLength(bytes);
    if (bytes.length > 0 && uuidVersion(bytes) !== 1) {
      // Cassandra prints the first digit of the value here, not its version.
      throw marshalError(`Invalid version for TimeUUID type: 0x${((bytes[0] as number) >> 4).toString(16)}`);
    }
  },
  fromText(text) {
    if (text === '') return EMPTY_BYTES;
    const bytes = parseUuid(text);
    if (bytes === null) throw marshalError(`Unknown timeuuid representation: ${text}`);
    if (uuidVersion(bytes) !== 1) throw marshalError('TimeUUID supports only version 1 UUIDs');
    return bytes;
  },
  compare: compareTimeuuids,
};
