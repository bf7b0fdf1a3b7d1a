const INITIAL_SIZE = 64;
const ENCODER = new TextEncoder();
const MAX_STRING_BYTES = 0xffff;
/** UTF-8 needs at most this many bytes for a UTF-16 unit. */
const UTF8_BYTES_PER_UNIT = 3;

/** A growing big-endian byte buffer for the small encodings of this folder and its neighbours. */
export class ByteWriter {
  private buffer = new Uint8Array(INITIAL_SIZE);
  private view = new DataView(this.buffer.buffer);
  private length = 0;

  u8(value: number): this {
    this.reserve(1);
    this.buffer[this.length++] = value;
    return this;
  }

  u16(value: number): this {
    if (value < 0 || value > 0xffff) throw new RangeError(`${value} does not fit in 16 bits`);
    this.reserve(2);
    this.view.setUint16(this.length, value);
    this.length += 2;
    return this;
  }

  u32(value: number): this {
    this.reserve(4);
    this.view.setUint32(this.length, value);
    this.length += 4;
    return this;
  }

  i32(value: number): this {
    this.reserve(4);
    this.view.setInt32(this.length, value);
    this.length += 4;
    return this;
  }

  i64(value: bigint): this {
    this.reserve(8);
    this.view.setBigInt64(this.length, value);
    this.length += 8;
    return this;
  }

  f64(value: number): this {
    this.reserve(8);
    this.view.setFloat64(this.length, value);
    this.length += 8;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
    return this;
  }

  /** `[string]`: u16 length and UTF-8. Texts beyond 65,535 bytes are refused. */
  string(text: string): this {
    this.reserve(2 + text.length * UTF8_BYTES_PER_UNIT);
    const start = this.length + 2;
    const length = this.ascii(text, start)
      ? text.length
      : ENCODER.encodeInto(text, this.buffer.subarray(start)).written;
    if (length > MAX_STRING_BYTES) throw new RangeError(`${length} does not fit in 16 bits`);
    this.view.setUint16(this.length, length);
    this.length = start + length;
    return this;
  }

  /** Writes a text of ASCII alone and says whether it is one; names nearly always are. */
  private ascii(text: string, start: number): boolean {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      this.buffer[start + i] = unit;
    }
    return true;
  }

  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }
}
