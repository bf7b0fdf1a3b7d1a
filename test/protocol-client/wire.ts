/** The notations of the CQL binary protocol (section 3), read and written independently of the server's own code. */

const UTF8 = new TextDecoder('utf-8', { fatal: true });

export class WireReader {
  private readonly bytesOf: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytesOf = bytes;
  }

  get left(): number {
    return this.bytesOf.length - this.at;
  }

  u8(): number {
    return this.take(1).readUInt8();
  }
  u16(): number {
    return this.take(2).readUInt16BE();
  }
  i32(): number {
    return this.take(4).readInt32BE();
  }
  string(): string {
    return UTF8.decode(this.take(this.u16()));
  }
  stringList(): string[] {
    return this.list(this.u16(), () => this.string());
  }
  shortBytes(): Buffer {
    return this.take(this.u16());
  }
  /** [bytes]: null for a negative length. */
  bytes(): Buffer | null {
    const size = this.i32();
    return size < 0 ? null : this.take(size);
  }
  list<Element>(size: number, read: () => Element): Element[] {
    return Array.from({ length: size }, read);
  }
  take(size: number): Buffer {
    if (size < 0 || size > this.left) throw new RangeError(`${size} bytes wanted, ${this.left} left`);
    this.at += size;
    return this.bytesOf.subarray(this.at - size, this.at);
  }
}

/** A value as EXECUTE sends it; `undefined` is "not set". */
export type BoundValue = Buffer | null | undefined;

export class WireWriter {
  private readonly parts: Buffer[] = [];

  u8(value: number): this {
    return this.raw(Buffer.of(value));
  }
  u16(value: number): this {
    const part = Buffer.alloc(2);
    part.writeUInt16BE(value);
    return this.raw(part);
  }
  i32(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    return this.raw(part);
  }
  i64(value: bigint): this {
    const part = Buffer.alloc(8);
    part.writeBigInt64BE(value);
    return this.raw(part);
  }
  string(text: string): this {
    const bytes = Buffer.from(text);
    return this.u16(bytes.length).raw(bytes);
  }
  longString(text: string): this {
    const bytes = Buffer.from(text);
    return this.i32(bytes.length).raw(bytes);
  }
  shortBytes(bytes: Buffer): this {
    return this.u16(bytes.length).raw(bytes);
  }
  value(value: BoundValue): this {
    if (value === null) return this.i32(-1);
    if (value === undefined) return this.i32(-2);
    return this.i32(value.length).raw(value);
  }
  stringMap(map: Readonly<Record<string, string>>): this {
    const entries = Object.entries(map);
    this.u16(entries.length);
    for (const [key, value] of entries) this.string(key).string(value);
    return this;
  }
  raw(bytes: Buffer): this {
    this.parts.push(bytes);
    return this;
  }
  finish(): Buffer {
    return Buffer.concat(this.parts);
  }
}
