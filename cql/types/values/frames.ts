import { ByteWriter } from '../byte-writer.ts';
import type { CollectionType, VectorType } from '../type.ts';
import { viewOf } from './bytes.ts';
import { marshalError } from './codec.ts';
import { decodeUnsignedVint, encodeUnsignedVint } from './vint.ts';
import { fixedLength } from './widths.ts';

/** Cutting compound values into the bytes of their parts, and putting them together. Texts of errors are Cassandra's. */

const LENGTH_BYTES = 4;

/** `[n][length bytes]…` of a collection, keys and values of a map alternating. */
export function splitCollection(type: CollectionType, bytes: Uint8Array): Uint8Array[] {
  const tooShort = `Not enough bytes to read a ${type.kind}`;
  if (bytes.length < LENGTH_BYTES) throw marshalError(tooShort);
  const view = viewOf(bytes);
  const count = view.getInt32(0) * (type.kind === 'map' ? 2 : 1);
  const parts: Uint8Array[] = [];
  let offset = LENGTH_BYTES;
  for (let i = 0; i < count; i++) {
    if (offset + LENGTH_BYTES > bytes.length) throw marshalError(tooShort);
    const length = view.getInt32(offset);
    offset += LENGTH_BYTES;
    if (length < 0) throw marshalError('Null value read when not allowed');
    if (offset + length > bytes.length) throw marshalError(tooShort);
    parts.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  if (offset !== bytes.length) throw marshalError(`Unexpected extraneous bytes after ${type.kind} value`);
  return parts;
}

/** The inverse; `parts` of a map alternate keys and values. */
export function joinCollection(type: CollectionType, parts: readonly (Uint8Array | null)[]): Uint8Array {
  const out = new ByteWriter().i32(type.kind === 'map' ? parts.length / 2 : parts.length);
  for (const part of parts) {
    if (part === null) out.i32(-1);
    else out.i32(part.length).bytes(part);
  }
  return out.finish();
}

/** Components of a tuple or user type; those missing at the end are left out. `what` names the type in errors. */
export function splitTuple(componentCount: number, bytes: Uint8Array, what: 'tuple' | 'UDT'): (Uint8Array | null)[] {
  const view = viewOf(bytes);
  const parts: (Uint8Array | null)[] = [];
  let offset = 0;
  for (let i = 0; i < componentCount && offset < bytes.length; i++) {
    if (offset + LENGTH_BYTES > bytes.length) throw marshalError(`Not enough bytes to read size of ${i}th component`);
    const length = view.getInt32(offset);
    offset += LENGTH_BYTES;
    if (length < 0) {
      parts.push(null);
      continue;
    }
    if (offset + length > bytes.length) throw marshalError(`Not enough bytes to read ${i}th component`);
    parts.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  if (offset !== bytes.length) throw marshalError(`Invalid remaining data after end of ${what} value`);
  return parts;
}

export function joinTuple(parts: readonly (Uint8Array | null)[]): Uint8Array {
  const out = new ByteWriter();
  for (const part of parts) {
    if (part === null) out.i32(-1);
    else out.i32(part.length).bytes(part);
  }
  return out.finish();
}

/** Elements of a vector: side by side when they have a fixed length, each behind its vint length otherwise. */
export function splitVector(type: VectorType, bytes: Uint8Array, name: string): Uint8Array[] {
  const width = fixedLength(type.elements);
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (let i = 0; i < type.dimension; i++) {
    const read = width >= 0 ? { value: BigInt(width), end: offset } : decodeUnsignedVint(bytes, offset);
    if (read === null || read.value > BigInt(bytes.length - read.end)) {
      throw marshalError(`Not enough bytes to read a ${name}`);
    }
    offset = read.end + Number(read.value);
    parts.push(bytes.subarray(read.end, offset));
  }
  const rest = bytes.length - offset;
  if (rest > 0) throw marshalError(`Unexpected ${rest} extraneous bytes after ${name} value`);
  return parts;
}

export function joinVector(type: VectorType, parts: readonly Uint8Array[]): Uint8Array {
  const variable = fixedLength(type.elements) < 0;
  const out = new ByteWriter();
  for (const part of parts) {
    if (variable) out.bytes(encodeUnsignedVint(BigInt(part.length)));
    out.bytes(part);
  }
  return out.finish();
}
