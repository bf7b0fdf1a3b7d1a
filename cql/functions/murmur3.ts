/**
 * Cassandra's variant of MurmurHash3 x64 128, whose first half is the token. It differs from the published hash in that
 * the bytes of the tail are sign-extended, as Java's are.
 */

const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;
const BLOCK_BYTES = 16;
const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, bits: bigint): bigint => u64((value << bits) | (value >> (64n - bits)));

function finalMix(hash: bigint): bigint {
  let h = hash;
  h = u64((h ^ (h >> 33n)) * 0xff51afd7ed558ccdn);
  h = u64((h ^ (h >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return h ^ (h >> 33n);
}

/** The hash's first half, signed. */
export function murmur3(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = Math.floor(bytes.length / BLOCK_BYTES);
  let h1 = 0n;
  let h2 = 0n;
  for (let i = 0; i < blocks; i++) {
    const k1 = view.getBigUint64(i * BLOCK_BYTES, true);
    const k2 = view.getBigUint64(i * BLOCK_BYTES + 8, true);
    h1 ^= u64(rotate(u64(k1 * C1), 31n) * C2);
    h1 = u64(u64(rotate(h1, 27n) + h2) * 5n + 0x52dce729n);
    h2 ^= u64(rotate(u64(k2 * C2), 33n) * C1);
    h2 = u64(u64(rotate(h2, 31n) + h1) * 5n + 0x38495ab5n);
  }
  const { k1, k2 } = tail(bytes, blocks * BLOCK_BYTES);
  h2 ^= u64(rotate(u64(k2 * C2), 33n) * C1);
  h1 ^= u64(rotate(u64(k1 * C1), 31n) * C2);
  const length = BigInt(bytes.length);
  h1 ^= length;
  h2 ^= length;
  h1 = u64(h1 + h2);
  h2 = u64(h2 + h1);
  return BigInt.asIntN(64, finalMix(h1) + finalMix(h2));
}

function tail(bytes: Uint8Array, start: number): { k1: bigint; k2: bigint } {
  let k1 = 0n;
  let k2 = 0n;
  for (let i = start; i < bytes.length; i++) {
    const signed = BigInt(((bytes[i] as number) << 24) >> 24);
    const position = i - start;
    if (position < 8) k1 ^= u64(signed << BigInt(8 * position));
    else k2 ^= u64(signed << BigInt(8 * (position - 8)));
  }
  return { k1, k2 };
}

/** The token of a serialized partition key; the least long is the partitioner's minimum and stands for no key. */
export function tokenOf(partitionKey: Uint8Array): bigint {
  if (partitionKey.length === 0) return MIN_LONG;
  const hash = murmur3(partitionKey);
  return hash === MIN_LONG ? MAX_LONG : hash;
}

/** The serialized form of a partition key: the component itself, or `[u16 length][bytes][0]` for each of several. */
export function serializePartitionKey(components: readonly Uint8Array[]): Uint8Array {
  if (components.length === 1) return components[0] as Uint8Array;
  const out = new Uint8Array(components.reduce((size, component) => size + component.length + 3, 0));
  let offset = 0;
  for (const component of components) {
    out[offset] = component.length >> 8;
    out[offset + 1] = component.length & 0xff;
    out.set(component, offset + 2);
    offset += component.length + 3;
  }
  return out;
}
