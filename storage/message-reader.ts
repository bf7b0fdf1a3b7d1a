/** Reads what a shard sent; the shard is trusted, so a short message is a broken invariant and throws. */
export class MessageReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#buffer.readUInt16BE(this.#take(2));
  }

  u32(): number {
    return this.#buffer.readUInt32BE(this.#take(4));
  }

  u64(): bigint {
    return this.#buffer.readBigUInt64BE(this.#take(8));
  }

  bytes(size: number): Uint8Array {
    const at = this.#take(size);
    return this.#buffer.subarray(at, at + size);
  }

  string(): string {
    const size = this.u16();
    const at = this.#take(size);
    return this.#buffer.toString('utf8', at, at + size);
  }

  rest(): Uint8Array {
    return this.bytes(this.#buffer.length - this.#at);
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#buffer.length) throw new RangeError('short message from a shard');
    return at;
  }
}
