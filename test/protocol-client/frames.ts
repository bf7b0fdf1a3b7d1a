/** Envelopes (protocol section 2.1) and, from v5 on, the uncompressed segments that carry them (section 2.2). */
import { crc32 } from 'node:zlib';

export type ProtocolVersion = 3 | 4 | 5;

export const OPCODE = {
  error: 0x00,
  startup: 0x01,
  ready: 0x02,
  authenticate: 0x03,
  query: 0x07,
  result: 0x08,
  prepare: 0x09,
  execute: 0x0a,
} as const;

export const ENVELOPE_FLAG = { tracing: 0x02, customPayload: 0x04, warning: 0x08, beta: 0x10 } as const;

export interface Envelope {
  readonly flags: number;
  readonly stream: number;
  readonly opcode: number;
  readonly body: Buffer;
}

const HEADER_SIZE = 9;

export function encodeEnvelope(version: ProtocolVersion, stream: number, opcode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt8(version, 0);
  header.writeInt16BE(stream, 2);
  header.writeUInt8(opcode, 4);
  header.writeInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}

/** Splits a stream of bytes into envelopes. */
export class EnvelopeSplitter {
  private pending: Buffer = Buffer.alloc(0);

  take(bytes: Buffer): Envelope[] {
    this.pending = Buffer.concat([this.pending, bytes]);
    const envelopes: Envelope[] = [];
    while (this.pending.length >= HEADER_SIZE) {
      const size = HEADER_SIZE + this.pending.readInt32BE(5);
      if (this.pending.length < size) break;
      envelopes.push({
        flags: this.pending.readUInt8(1),
        stream: this.pending.readInt16BE(2),
        opcode: this.pending.readUInt8(4),
        body: this.pending.subarray(HEADER_SIZE, size),
      });
      this.pending = this.pending.subarray(size);
    }
    return envelopes;
  }
}

const MAX_SEGMENT_PAYLOAD = 131_071;
const SEGMENT_HEADER_SIZE = 6;
const SEGMENT_TRAILER_SIZE = 4;
const SELF_CONTAINED = 1 << 17;
const CRC24_POLYNOMIAL = 0x1974f0b;
const CRC24_INITIAL = 0x875060;
/** The protocol starts the payload's CRC32 with these bytes. */
const CRC32_INITIAL = crc32(Buffer.of(0xfa, 0x2d, 0x55, 0xca));

function crc24(bytes: Buffer): number {
  let crc = CRC24_INITIAL;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= CRC24_POLYNOMIAL;
    }
  }
  return crc;
}

/** An envelope as one segment, or as many as it needs. */
export function encodeSegments(envelope: Buffer): Buffer {
  const selfContained = envelope.length <= MAX_SEGMENT_PAYLOAD ? SELF_CONTAINED : 0;
  const parts: Buffer[] = [];
  for (let at = 0; at < envelope.length; at += MAX_SEGMENT_PAYLOAD) {
    const payload = envelope.subarray(at, at + MAX_SEGMENT_PAYLOAD);
    const header = Buffer.alloc(SEGMENT_HEADER_SIZE);
    header.writeUIntLE(payload.length | selfContained, 0, 3);
    header.writeUIntLE(crc24(header.subarray(0, 3)), 3, 3);
    const trailer = Buffer.alloc(SEGMENT_TRAILER_SIZE);
    trailer.writeUInt32LE(crc32(payload, CRC32_INITIAL));
    parts.push(header, payload, trailer);
  }
  return Buffer.concat(parts);
}

/** Takes the payloads out of a stream of segments; a wrong checksum throws. */
export class SegmentSplitter {
  private pending: Buffer = Buffer.alloc(0);

  take(bytes: Buffer): Buffer[] {
    this.pending = Buffer.concat([this.pending, bytes]);
    const payloads: Buffer[] = [];
    while (this.pending.length >= SEGMENT_HEADER_SIZE) {
      if (crc24(this.pending.subarray(0, 3)) !== this.pending.readUIntLE(3, 3)) {
        throw new Error('a segment header with a wrong CRC24');
      }
      const end = SEGMENT_HEADER_SIZE + (this.pending.readUIntLE(0, 3) & 0x1ffff);
      if (this.pending.length < end + SEGMENT_TRAILER_SIZE) break;
      const payload = this.pending.subarray(SEGMENT_HEADER_SIZE, end);
      if (crc32(payload, CRC32_INITIAL) !== this.pending.readUInt32LE(end)) {
        throw new Error('a segment payload with a wrong CRC32');
      }
      payloads.push(payload);
      this.pending = this.pending.subarray(end + SEGMENT_TRAILER_SIZE);
    }
    return payloads;
  }
}
