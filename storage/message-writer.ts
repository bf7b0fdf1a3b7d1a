/** Builds a message to a shard: big-endian, growing. See docs/formats/shard-messages.md. */
export class MessageWriter {
  #buffer: Buffer;
  #size = 0;

  constructor(type: number, correlation: number, capacity = 256) {
    this.#buffer = Buffer.allocUnsafe(Math.max(capacity, 16));
    this.u8(type).u32(correlation);
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#buffer.writeUInt8(value, at);
    return this;
  }

  u16(value: number): this {
    const at = this.#room(2);
    this.#buffer.writeUInt16BE(value, at);
    return this;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#buffer.writeUInt32BE(value, at);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#room(8);
    this.#buffer.writeBigUInt64BE(value, at);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#room(value.length);
    this.#buffer.set(value, at);
    return this;
  }

  string(value: string): this {
    const bytes = Buffer.from(value, 'utf8');
    return this.u16(bytes.length).bytes(bytes);
  }

  /** An i32 length and the bytes; null is length −1. */
  blob(value: Uint8Array | null): this {
    if (value === null) {
      const at = this.#room(4);
      this.#buffer.writeInt32BE(-1, at);
      return this;
    }
    return this.u32(value.length).bytes(value);
  }

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }

  // Grows the buffer, so it is called before `#buffer` is looked at.
  #room(bytes: number): number {
    const at = this.#size;
    this.#size += bytes;
    if (this.#size > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#size, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    return at;
  }
}
