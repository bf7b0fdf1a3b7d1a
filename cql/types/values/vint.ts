/** Cassandra's variable-length integers: the leading ones of the first byte count the bytes that follow. */

export interface VintRead {
  readonly value: bigint;
  /** Offset of the byte after it. */
  readonly end: number;
}

const MAX_EXTRA_BYTES = 8;

export function encodeUnsignedVint(value: bigint): Uint8Array {
  const bits = value === 0n ? 1 : value.toString(2).length;
  // Each byte gives seven bits of value and one of length; nine bytes hold all of 64 bits.
  const extra = bits > 56 ? MAX_EXTRA_BYTES : Math.ceil(bits / 7) - 1;
  const bytes = new Uint8Array(extra + 1);
  let rest = value;
  for (let i = extra; i > 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[0] = ((0xff << (8 - extra)) & 0xff) | Number(rest);
  return bytes;
}

/** Null when the bytes end too early. */
export function decodeUnsignedVint(bytes: Uint8Array, offset: number): VintRead | null {
  const first = bytes[offset];
  if (first === undefined) return null;
  const extra = Math.clz32(~(first << 24));
  const end = offset + extra + 1;
  if (end > bytes.length) return null;
  let value = extra >= 7 ? 0n : BigInt(first & (0xff >> extra));
  for (let i = offset + 1; i < end; i++) value = (value << 8n) | BigInt(bytes[i] as number);
  return { value, end };
}

export function encodeVint(value: bigint): Uint8Array {
  return encodeUnsignedVint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
}

export function decodeVint(bytes: Uint8Array, offset: number): VintRead | null {
  const read = decodeUnsignedVint(bytes, offset);
  return read && { value: (read.value >> 1n) ^ -(read.value & 1n), end: read.end };
}
