import { protocolError } from '../errors/index.ts';

const UTF8 = new TextDecoder();

/** Reads the notations of the protocol (section 3) from a message body; a body that ends early is a protocol error. */
export class WireReader {
  private readonly bytesOf: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytesOf = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.at;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2));
  }

  i32(): number {
    return this.view.getInt32(this.take(4));
  }

  i64(): bigint {
    return this.view.getBigInt64(this.take(8));
  }

  bytes(size: number): Uint8Array {
    const at = this.take(size);
    return this.bytesOf.subarray(at, at + size);
  }

  string(): string {
    return UTF8.decode(this.bytes(this.u16()));
  }

  longString(): string {
    const size = this.i32();
    if (size < 0) throw protocolError(`Invalid length of a long string: ${size}`);
    return UTF8.decode(this.bytes(size));
  }

  shortBytes(): Uint8Array {
    return this.bytes(this.u16());
  }

  /** [bytes]: null for a negative length. */
  nullableBytes(): Uint8Array | null {
    const size = this.i32();
    return size < 0 ? null : this.bytes(size);
  }

  /** [value]: null for −1, undefined (unset) for −2, which exists from v4 on. */
  value(version: number): Uint8Array | null | undefined {
    const size = this.i32();
    if (size >= 0) return this.bytes(size);
    if (size === -1) return null;
    if (size === -2 && version >= 4) return undefined;
    if (size === -2) return null;
    throw protocolError(`Invalid ByteBuf length ${size}`);
  }

  private take(size: number): number {
    const at = this.at;
    if (at + size > this.bytesOf.length) {
      throw protocolError('Not enough bytes to read a message body: it ends early');
    }
    this.at += size;
    return at;
  }
}
