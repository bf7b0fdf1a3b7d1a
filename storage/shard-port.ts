/**
 * ShardPort: one JavaScript thread's typed line to the shards (docs/formats/shard-messages.md). Every
 * request is answered once; a full ring holds messages back here, in order, up to a bound.
 */
import { MessageReader } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';
import type { NativeAddon, NativePort } from './native.ts';

const TO_SHARD = {
  open: 1,
  putTables: 2,
  dropTable: 3,
  truncate: 4,
  flush: 5,
  compact: 6,
  registerPlan: 7,
  runPlan: 8,
  reply: 9,
  rerun: 10,
  event: 11,
  listen: 12,
  stats: 13,
  tableStats: 14,
  stop: 15,
  runBatch: 16,
  connections: 17,
  setSupported: 18,
  drain: 19,
  retireSegments: 20,
  watchDisk: 50,
  segmentArchived: 51,
} as const;

const FROM_SHARD = { done: 1, failed: 2, result: 3, slowRequest: 4 } as const;

/** Messages that wait here for room in one shard's ring; beyond it the shard is taken for dead. */
const MAX_HELD_MESSAGES = 65_536;
/** How long a held message waits before the ring is tried again. */
const RETRY_MILLISECONDS = 1;

/** Why the shard gave a request to its worker. */
export type SlowReason = 'no-plan' | 'slow-plan' | 'traced';

export interface SlowRequest {
  readonly shard: number;
  readonly request: bigint;
  readonly opcode: number;
  readonly version: number;
  readonly frameFlags: number;
  /** The connection's keyspace, or empty. */
  readonly keyspace: string;
  readonly reason: SlowReason;
  /** The client's address, of traced requests; null otherwise. */
  readonly client: string | null;
  readonly body: Uint8Array;
}

/** What a plan run through the shard answered: the opcode is RESULT (8) or ERROR (0). */
export interface ShardResult {
  readonly opcode: number;
  readonly frameFlags: number;
  readonly body: Uint8Array;
}

export interface ConnectionInfo {
  readonly shard: number;
  readonly address: string;
  readonly port: number;
  readonly version: number;
  readonly keyspace: string;
  readonly requests: bigint;
  readonly driverName: string;
  readonly driverVersion: string;
}

/** How often something of the disk failed, and the last one's words. */
export interface DiskFailures {
  readonly count: bigint;
  readonly last: string;
}

export interface DiskNews {
  readonly version: bigint;
  readonly readOnly: boolean;
  readonly reason: string;
  readonly commitlog: DiskFailures;
  readonly data: DiskFailures;
  readonly corrupt: DiskFailures;
  /** What the replay left out; given once. */
  readonly notices: readonly string[];
  /** Finished segments that are not archived yet: a bounded number, oldest first. */
  readonly toArchive: readonly { readonly id: bigint; readonly path: string }[];
}

export interface BatchPart {
  readonly plan: Uint8Array;
  /** Values as they stand in a BATCH message: [value]s without their count. */
  readonly values: Uint8Array;
  readonly valueCount: number;
}

/** A request that a shard refused; `code` is the CQL error code, or one of Ceto's own from 0xF000. */
export class ShardError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'ShardError';
    this.code = code;
  }
}

interface Pending {
  readonly resolve: (reader: MessageReader, type: number) => void;
  readonly reject: (error: ShardError) => void;
}

export class ShardPort {
  readonly shardCount: number;
  readonly #port: NativePort;
  readonly #pending = new Map<number, Pending>();
  readonly #held: Uint8Array[][];
  readonly #onSlowRequest: (request: SlowRequest) => void;
  #nextCorrelation = 1;
  #retry: NodeJS.Timeout | null = null;

  constructor(
    native: NativeAddon,
    portNumber: number,
    shardCount: number,
    onSlowRequest: (request: SlowRequest) => void,
  ) {
    this.shardCount = shardCount;
    this.#held = Array.from({ length: shardCount }, () => []);
    this.#onSlowRequest = onSlowRequest;
    this.#port = native.attach(portNumber, (shard, messages) => {
      for (const message of messages) this.#receive(shard, message);
      this.#sendHeld();
    });
  }

  detach(): void {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    this.#port.detach();
  }

  // --- schema and files: on every shard ---------------------------------------------------------

  async open(descriptors: readonly Uint8Array[]): Promise<void> {
    await this.#onAll(TO_SHARD.open, (writer) => writeBlobs(writer, descriptors));
  }

  async putTables(descriptors: readonly Uint8Array[]): Promise<void> {
    await this.#onAll(TO_SHARD.putTables, (writer) => writeBlobs(writer, descriptors));
  }

  async dropTable(id: Uint8Array): Promise<void> {
    await this.#onAll(TO_SHARD.dropTable, (writer) => writer.bytes(id));
  }

  async truncate(id: Uint8Array): Promise<void> {
    await this.#onAll(TO_SHARD.truncate, (writer) => writer.bytes(id));
  }

  /** All tables without an id. */
  async flush(id: Uint8Array = ALL_TABLES): Promise<void> {
    await this.#onAll(TO_SHARD.flush, (writer) => writer.bytes(id));
  }

  async compact(id: Uint8Array = ALL_TABLES): Promise<void> {
    await this.#onAll(TO_SHARD.compact, (writer) => writer.bytes(id));
  }

  // --- plans ------------------------------------------------------------------------------------

  /** Resolves once every shard holds the plan. */
  async registerPlan(id: Uint8Array, plan: Uint8Array): Promise<void> {
    await this.#onAll(TO_SHARD.registerPlan, (writer) => writer.bytes(id).blob(null).blob(plan));
  }

  /** QUERY finds the plan by `key` on this shard: keyspace, a zero byte, the text. */
  async registerText(shard: number, key: Uint8Array, plan: Uint8Array): Promise<void> {
    await this.#request(shard, TO_SHARD.registerPlan, (writer) => writer.bytes(NO_ID).blob(key).blob(plan));
  }

  async runPlan(shard: number, plan: Uint8Array, version: number, parameters: Uint8Array): Promise<ShardResult> {
    const reader = await this.#request(shard, TO_SHARD.runPlan, (writer) =>
      writer.blob(plan).u8(version).bytes(parameters),
    );
    return readResult(reader);
  }

  async runBatch(
    shard: number,
    parts: readonly BatchPart[],
    batchType: number,
    version: number,
    parameters: Uint8Array,
  ): Promise<ShardResult> {
    const reader = await this.#request(shard, TO_SHARD.runBatch, (writer) => {
      writer.u16(parts.length);
      for (const part of parts) writer.blob(part.plan).u16(part.valueCount).bytes(part.values);
      writer.u8(batchType).u8(version).bytes(parameters);
    });
    return readResult(reader);
  }

  // --- requests of clients ------------------------------------------------------------------------

  reply(
    request: SlowRequest,
    opcode: number,
    body: Uint8Array,
    options: { readonly frameFlags?: number; readonly keyspace?: string } = {},
  ): void {
    const keyspace = options.keyspace === undefined ? null : Buffer.from(options.keyspace, 'utf8');
    const writer = new MessageWriter(TO_SHARD.reply, 0, body.length + 64);
    writer
      .u64(request.request)
      .u8(opcode)
      .u8(options.frameFlags ?? 0)
      .blob(keyspace)
      .bytes(body);
    this.#send(request.shard, writer.finish());
  }

  /** The shard dispatches the request again: its plan is registered now. */
  rerun(request: SlowRequest): void {
    this.#send(request.shard, new MessageWriter(TO_SHARD.rerun, 0).u64(request.request).finish());
  }

  /** An EVENT message to every connection that registered for its kind. */
  event(kind: 'topology' | 'status' | 'schema', body: Uint8Array): void {
    const bit = { topology: 1, status: 2, schema: 4 }[kind];
    for (let shard = 0; shard < this.shardCount; shard++) {
      this.#send(shard, new MessageWriter(TO_SHARD.event, 0).u8(bit).bytes(body).finish());
    }
  }

  // --- the node -----------------------------------------------------------------------------------

  async setSupported(body: Uint8Array): Promise<void> {
    await this.#onAll(TO_SHARD.setSupported, (writer) => writer.blob(body));
  }

  /** Ports as bound, so that 0 may be asked for. A shard-aware port of `null` is not opened. */
  async listen(
    address: string,
    port: number,
    shardAwarePort: number | null,
  ): Promise<{ port: number; shardAwarePort: number }> {
    const reader = await this.#request(0, TO_SHARD.listen, (writer) =>
      writer
        .string(address)
        .u16(port)
        .u16(shardAwarePort ?? 0)
        .u8(shardAwarePort === null ? 0 : 1),
    );
    return { port: reader.u16(), shardAwarePort: reader.u16() };
  }

  async stats(): Promise<ReadonlyMap<string, bigint>[]> {
    return (await this.#onAll(TO_SHARD.stats, () => {})).map(readNumbers);
  }

  async tableStats(id: Uint8Array): Promise<ReadonlyMap<string, bigint>[]> {
    return (await this.#onAll(TO_SHARD.tableStats, (writer) => writer.bytes(id))).map(readNumbers);
  }

  async connections(): Promise<ConnectionInfo[]> {
    const readers = await this.#onAll(TO_SHARD.connections, () => {});
    return readers.flatMap((reader, shard) =>
      Array.from({ length: reader.u32() }, () => ({
        shard,
        address: reader.string(),
        port: reader.u16(),
        version: reader.u8(),
        keyspace: reader.string(),
        requests: reader.u64(),
        driverName: reader.string(),
        driverVersion: reader.string(),
      })),
    );
  }

  /**
   * After a start with another shard count: what the old log holds goes to disk, then the old segments go.
   * Until then they are replayed again at each start.
   */
  async retireSegments(): Promise<void> {
    await this.flush();
    await this.#onAll(TO_SHARD.retireSegments, () => {});
  }

  /** Resolves once there is news later than `version`; it may be the answer to a STOP. */
  async watchDisk(shard: number, version: bigint): Promise<DiskNews> {
    return readDiskNews(await this.#request(shard, TO_SHARD.watchDisk, (writer) => writer.u64(version)));
  }

  /** A copy of the log segment is safe: the shard may use the file again. */
  async segmentArchived(shard: number, id: bigint): Promise<void> {
    await this.#request(shard, TO_SHARD.segmentArchived, (writer) => writer.u64(id));
  }

  /** No new connections; open ones are closed once their requests are answered. The shards go on. */
  async drain(): Promise<void> {
    await this.#onAll(TO_SHARD.drain, () => {});
  }

  /** Answered when open requests are, and the log is synced. */
  async stop(): Promise<void> {
    await this.#onAll(TO_SHARD.stop, () => {});
  }

  /** A message that has no method here, on every shard; their answers by shard. */
  askAll(type: number, write: (writer: MessageWriter) => void = () => {}): Promise<MessageReader[]> {
    return this.#onAll(type, write);
  }

  // --- the line -----------------------------------------------------------------------------------

  /** The answers of all shards, for the messages that other files of this folder type (file-port.ts). */
  requestAll(type: number, write: (writer: MessageWriter) => void): Promise<MessageReader[]> {
    return this.#onAll(type, write);
  }

  request(shard: number, type: number, write: (writer: MessageWriter) => void): Promise<MessageReader> {
    return this.#request(shard, type, write);
  }

  #onAll(type: number, write: (writer: MessageWriter) => void): Promise<MessageReader[]> {
    return Promise.all(Array.from({ length: this.shardCount }, (_, shard) => this.#request(shard, type, write)));
  }

  #request(shard: number, type: number, write: (writer: MessageWriter) => void): Promise<MessageReader> {
    const correlation = this.#nextCorrelation;
    this.#nextCorrelation = (correlation % 0x7fff_ffff) + 1;
    const writer = new MessageWriter(type, correlation);
    write(writer);
    return new Promise((resolve, reject) => {
      this.#pending.set(correlation, { resolve, reject });
      this.#send(shard, writer.finish());
    });
  }

  #send(shard: number, message: Uint8Array): void {
    const held = this.#heldBy(shard);
    if (held.length === 0 && this.#port.send(shard, message)) return;
    if (held.length >= MAX_HELD_MESSAGES) throw new Error(`shard ${shard} takes no messages`);
    held.push(message);
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.#sendHeld();
    }, RETRY_MILLISECONDS);
  }

  #sendHeld(): void {
    let waiting = false;
    for (let shard = 0; shard < this.shardCount; shard++) {
      const held = this.#heldBy(shard);
      let sent = 0;
      while (sent < held.length && this.#port.send(shard, held[sent] as Uint8Array)) sent++;
      if (sent > 0) held.splice(0, sent);
      waiting ||= held.length > 0;
    }
    if (waiting) {
      this.#retry ??= setTimeout(() => {
        this.#retry = null;
        this.#sendHeld();
      }, RETRY_MILLISECONDS);
    }
  }

  #heldBy(shard: number): Uint8Array[] {
    const held = this.#held[shard];
    if (held === undefined) throw new RangeError(`no shard ${shard}`);
    return held;
  }

  #receive(shard: number, message: Uint8Array): void {
    const reader = new MessageReader(message);
    const type = reader.u8();
    const correlation = reader.u32();
    if (type === FROM_SHARD.slowRequest) {
      this.#onSlowRequest(readSlowRequest(shard, reader));
      return;
    }
    const pending = this.#pending.get(correlation);
    if (pending === undefined) throw new Error(`shard ${shard} answered request ${correlation}, which is not open`);
    this.#pending.delete(correlation);
    if (type === FROM_SHARD.failed) pending.reject(new ShardError(reader.u32(), reader.string()));
    else pending.resolve(reader, type);
  }
}

const ALL_TABLES = new Uint8Array(16);
const NO_ID = new Uint8Array(16);

function writeBlobs(writer: MessageWriter, blobs: readonly Uint8Array[]): void {
  writer.u32(blobs.length);
  for (const blob of blobs) writer.blob(blob);
}

function readResult(reader: MessageReader): ShardResult {
  return { opcode: reader.u8(), frameFlags: reader.u8(), body: reader.rest() };
}

function readNumbers(reader: MessageReader): ReadonlyMap<string, bigint> {
  const numbers = new Map<string, bigint>();
  for (let left = reader.u32(); left > 0; left--) {
    const name = reader.string();
    numbers.set(name, reader.u64());
  }
  return numbers;
}

function readDiskNews(reader: MessageReader): DiskNews {
  const failures = () => ({ count: reader.u64(), last: reader.string() });
  const list = <Item>(read: () => Item) => Array.from({ length: reader.u32() }, read);
  return {
    version: reader.u64(),
    readOnly: reader.u8() !== 0,
    reason: reader.string(),
    commitlog: failures(),
    data: failures(),
    corrupt: failures(),
    notices: list(() => reader.string()),
    toArchive: list(() => ({ id: reader.u64(), path: reader.string() })),
  };
}

const SLOW_REASONS: Readonly<Record<number, SlowReason>> = { 1: 'no-plan', 2: 'slow-plan', 3: 'traced' };

function readSlowRequest(shard: number, reader: MessageReader): SlowRequest {
  const head = {
    shard,
    request: reader.u64(),
    opcode: reader.u8(),
    version: reader.u8(),
    frameFlags: reader.u8(),
    keyspace: reader.string(),
  };
  const reason = SLOW_REASONS[reader.u8()];
  if (reason === undefined) throw new Error(`shard ${shard} gives an unknown reason for a slow request`);
  return { ...head, reason, client: reason === 'traced' ? reader.string() : null, body: reader.rest() };
}
