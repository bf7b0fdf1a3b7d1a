import { compareBytes, EMPTY_BYTES, fromHex, toHex } from './bytes.ts';
import { marshalError, type ValueCodec } from './codec.ts';

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 text; null when the bytes are no UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return DECODER.decode(bytes);
  } catch {
    return null;
  }
}

export const textCodec: ValueCodec<string> = {
  quoted: true,
  validate(bytes) {
    if (decodeUtf8(bytes) === null) throw marshalError("String didn't validate.");
  },
  fromText: (text) => ENCODER.encode(text),
  toText: (bytes) => DECODER.decode(bytes),
  decode: (bytes) => DECODER.decode(bytes),
  encode: (value) => ENCODER.encode(value),
  compare: compareBytes,
};

export const asciiCodec: ValueCodec<string> = {
  ...textCodec,
  validate(bytes) {
    const bad = bytes.find((byte) => byte > 0x7f);
    if (bad !== undefined) throw marshalError(`Invalid byte for ascii: ${(bad << 24) >> 24}`);
  },
  fromText(text) {
    const bytes = ENCODER.encode(text);
    if (bytes.every((byte) => byte <= 0x7f)) return bytes;
    throw marshalError(
      'Invalid ASCII character in string literal: java.nio.charset.UnmappableCharacterException: Input length = 1',
    );
  },
};

export const blobCodec: ValueCodec<Uint8Array> = {
  quoted: false,
  validate: () => undefined,
  fromText(text) {
    const bytes = fromHex(text);
    if (bytes === null) throw marshalError(`cannot parse '${text}' as hex bytes`);
    return bytes;
  },
  toText: toHex,
  decode: (bytes) => bytes,
  encode: (value) => value,
  compare: compareBytes,
};

export const booleanCodec: ValueCodec<boolean> = {
  quoted: false,
  validate(bytes) {
    if (bytes.length > 1) throw marshalError(`Expected 1 or 0 byte value (${bytes.length})`);
  },
  fromText(text) {
    const lower = text.toLowerCase();
    if (lower === 'false' || lower === '') return Uint8Array.of(0);
    if (lower === 'true') return Uint8Array.of(1);
    throw marshalError(`Unable to make boolean from '${text}'`);
  },
  toText: (bytes) => String(bytes[0] !== 0),
  decode: (bytes) => (bytes.length === 0 ? null : bytes[0] !== 0),
  encode: (value) => Uint8Array.of(value ? 1 : 0),
  compare(left, right) {
    if (left.length === 0 || right.length === 0) return Math.sign(left.length - right.length);
    return Number(left[0] !== 0) - Number(right[0] !== 0);
  },
};

export const emptyCodec: ValueCodec<null> = {
  quoted: false,
  validate(bytes) {
    if (bytes.length > 0) throw marshalError('EmptyType only accept empty values');
  },
  fromText(text) {
    if (text !== '') throw marshalError(`'${text}' is not empty`);
    return EMPTY_BYTES;
  },
  toText: () => '',
  decode: () => null,
  encode: () => EMPTY_BYTES,
  compare: () => 0,
};
