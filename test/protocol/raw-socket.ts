/** A socket that sends what it is given and tells what came back: envelopes, and whether the server hung up. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  type Envelope,
  EnvelopeSplitter,
  encodeEnvelope,
  encodeSegments,
  OPCODE,
  type ProtocolVersion,
  SegmentSplitter,
} from '../protocol-client/frames.ts';
import { queryBody, startupBody } from '../protocol-client/requests.ts';
import { WireReader } from '../protocol-client/wire.ts';

const REPLY_TIMEOUT_MS = 10_000;
/** A server that has said nothing for this long will not. */
export const SILENCE_MS = 2_000;
const ENVELOPE_HEADER_SIZE = 9;

const COMPRESSED = 0x01;
export const SUPPORTED_OPCODE = 0x06;
export const OPTIONS_OPCODE = 0x05;
export const READY_OPCODE = 0x02;

export class RawSocket {
  private readonly socket: Socket;
  private readonly envelopes = new EnvelopeSplitter();
  private segments: SegmentSplitter | null = null;
  private readonly received: Envelope[] = [];
  private readonly watchers = new Set<() => void>();
  private hasEnded = false;
  /** From v5's STARTUP with a compression on: what comes back is not read, only the end of it seen. */
  private opaque = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    // A reset is the server hanging up too; 'close' follows.
    socket.on('error', () => {});
    socket.on('data', (data) => {
      if (this.opaque) return;
      const bytes = this.segments === null && isAncient(data) ? withLaterHeader(data) : data;
      for (const chunk of this.segments === null ? [bytes] : this.segments.take(bytes)) {
        this.received.push(...this.envelopes.take(chunk));
      }
      this.wake();
    });
    socket.on('close', () => {
      this.hasEnded = true;
      this.wake();
    });
  }

  static async open(server: { readonly host: string; readonly port: number }): Promise<RawSocket> {
    const socket = connect(server.port, server.host);
    await once(socket, 'connect');
    return new RawSocket(socket);
  }

  /** Connected and past STARTUP. */
  static async started(
    server: { readonly host: string; readonly port: number },
    version: ProtocolVersion,
    options: Readonly<Record<string, string>> = {},
  ): Promise<RawSocket> {
    const raw = await RawSocket.open(server);
    raw.send(encodeEnvelope(version, 0, OPCODE.startup, startupBody(options)));
    const ready = await raw.reply();
    if (ready?.opcode !== READY_OPCODE) throw new Error(`STARTUP was answered with ${describeEnvelope(ready)}`);
    if (version >= 5) raw.segments = new SegmentSplitter();
    raw.opaque = version >= 5 && options['COMPRESSION'] !== undefined;
    return raw;
  }

  get ended(): boolean {
    return this.hasEnded;
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** The next envelope, or null when the server hung up first. */
  async reply(): Promise<Envelope | null> {
    await this.until(() => this.received.length > 0 || this.hasEnded, REPLY_TIMEOUT_MS, 'a reply or the end');
    return this.received.shift() ?? null;
  }

  /** Whether the server hangs up: it either answers `request` or it does. One that does neither has not. */
  async hangsUpOn(request: Buffer): Promise<boolean> {
    if (!this.hasEnded) this.send(request);
    await this.until(() => this.received.length > 0 || this.hasEnded, SILENCE_MS, 'a reply or the end').catch(() => {});
    return this.hasEnded;
  }

  /** Replies stay in the kernel's buffers from now on. */
  pause(): void {
    this.socket.pause();
  }

  /** What comes back is not looked at from now on. */
  ignoreReplies(): void {
    this.opaque = true;
  }

  close(): void {
    this.socket.destroy();
  }

  private wake(): void {
    for (const watcher of this.watchers) watcher();
  }

  private async until(condition: () => boolean, timeoutMs: number, what: string): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const watcher = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.watchers.delete(watcher);
        resolve();
      };
      const timer = setTimeout(() => {
        this.watchers.delete(watcher);
        reject(new Error(`not within ${timeoutMs} ms: ${what}`));
      }, timeoutMs);
      this.watchers.add(watcher);
    });
  }
}

/** Versions 1 and 2 had a stream id of one byte. */
function isAncient(bytes: Buffer): boolean {
  const version = (bytes[0] ?? 0) & 0x7f;
  return bytes.length >= ENVELOPE_HEADER_SIZE - 1 && (version === 1 || version === 2);
}

function withLaterHeader(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, 2), Buffer.of(0), bytes.subarray(2)]);
}

/** `ERROR 0x000a text` (`ERROR, compressed` where it is), the opcode of anything else, or `closed`. */
export function describeEnvelope(envelope: Envelope | null): string {
  if (envelope === null) return 'closed';
  if (envelope.opcode !== OPCODE.error) return `opcode 0x${envelope.opcode.toString(16).padStart(2, '0')}`;
  if ((envelope.flags & COMPRESSED) !== 0) return 'ERROR, compressed';
  const reader = new WireReader(envelope.body);
  const code = reader.i32().toString(16).padStart(4, '0');
  return `ERROR 0x${code} ${reader.string()}`;
}

/** An envelope whose header says what it likes; the length is the body's own when not given. */
export function envelope(fields: {
  readonly version: number;
  readonly opcode: number;
  readonly flags?: number;
  readonly stream?: number;
  readonly body?: Buffer;
  readonly length?: number;
}): Buffer {
  const body = fields.body ?? Buffer.alloc(0);
  const header = Buffer.alloc(ENVELOPE_HEADER_SIZE);
  header.writeUInt8(fields.version, 0);
  header.writeUInt8(fields.flags ?? 0, 1);
  header.writeInt16BE(fields.stream ?? 1, 2);
  header.writeUInt8(fields.opcode, 4);
  header.writeInt32BE(fields.length ?? body.length, 5);
  return Buffer.concat([header, body]);
}

/** A query as it goes over the wire after STARTUP. */
export function queryBytes(version: ProtocolVersion, cql: string, stream = 1): Buffer {
  const bytes = encodeEnvelope(version, stream, OPCODE.query, queryBody(version, cql, {}));
  return version >= 5 ? encodeSegments(bytes) : bytes;
}
