/** The shards' messages about an operator's work on files (docs/formats/shard-messages.md, 35 to 49). */
import type { MessageReader } from './message-reader.ts';
import type { MessageWriter } from './message-writer.ts';
import type { ShardPort } from './shard-port.ts';

const TO_SHARD = {
  verify: 35,
  takeDamage: 36,
  compactions: 37,
  takeHistory: 38,
  stopCompactions: 39,
  setCompaction: 40,
  sstables: 41,
  scrub: 42,
  rewrite: 43,
  compactFiles: 44,
  compactRange: 45,
  statistics: 46,
} as const;

/** What REWRITE does to each SSTable of a table. */
const REWRITES = {
  cleanup: 1,
  upgrade: 2,
  upgradeAll: 3,
  recompress: 4,
  split: 5,
  garbageRows: 6,
  garbageCells: 7,
} as const;
export type Rewrite = keyof typeof REWRITES;

const UNCHANGED = 0xffff_ffff_ffff_ffffn;
const NO_ID = new Uint8Array(16);

export interface VerifyFlags {
  readonly extended: boolean;
  readonly quick: boolean;
  readonly checkTokens: boolean;
  readonly checkVersion: boolean;
}

export interface VerifyFindings {
  /** How many there are; `problems` has the first of them. */
  readonly count: number;
  readonly partitions: number;
  readonly rows: number;
  readonly problems: readonly string[];
}

/** A damage, with how often it was met since it was last told. */
export interface DamageLine {
  readonly text: string;
  readonly count: number;
}

/** What rewrites or reads whole SSTables now. */
export interface RunningCompaction {
  readonly id: Uint8Array;
  /** As `nodetool stop` takes it: MAJOR_COMPACTION. */
  readonly operation: string;
  /** As tables show it: Major compaction. */
  readonly kind: string;
  readonly keyspace: string;
  readonly table: string;
  readonly done: bigint;
  readonly total: bigint;
  readonly unit: string;
  readonly sstables: number;
  readonly directory: string;
}

export interface EndedCompaction {
  readonly id: Uint8Array;
  readonly keyspace: string;
  readonly table: string;
  readonly endedAtMillis: bigint;
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
  /** How many partitions came out of so many sources. */
  readonly rowsMerged: ReadonlyMap<number, bigint>;
  readonly properties: ReadonlyMap<string, string>;
}

export interface SSTableFile {
  readonly path: string;
  readonly level: number;
  /** All components on disk, Data.db alone, and its content without compression. */
  readonly diskBytes: bigint;
  readonly dataBytes: bigint;
  readonly uncompressedBytes: bigint;
  readonly repairedAt: bigint;
}

export interface ScrubFindings {
  readonly sstables: number;
  readonly partitions: number;
  readonly damagedPartitions: number;
  readonly skippedRows: number;
}

/** Bucket by bucket: what lies above the bound before, up to this bound. */
export type Histogram = readonly { readonly bound: bigint; readonly count: bigint }[];

export interface SSTableHistograms {
  readonly partitionSizes: Histogram;
  readonly cellCounts: Histogram;
}

export class MaintenancePort {
  readonly #port: ShardPort;

  constructor(port: ShardPort) {
    this.#port = port;
  }

  async verify(table: Uint8Array, flags: VerifyFlags): Promise<VerifyFindings[]> {
    const bits =
      Number(flags.extended) + 2 * Number(flags.quick) + 4 * Number(flags.checkTokens) + 8 * Number(flags.checkVersion);
    const readers = await this.#port.askAll(TO_SHARD.verify, (writer) => writer.bytes(table).u8(bits));
    return readers.map((reader) => ({
      count: Number(reader.u64()),
      partitions: Number(reader.u64()),
      rows: Number(reader.u64()),
      problems: list(reader, () => reader.string()),
    }));
  }

  async takeDamage(): Promise<DamageLine[]> {
    const readers = await this.#port.askAll(TO_SHARD.takeDamage);
    return readers.flatMap((reader) => list(reader, () => ({ text: reader.string(), count: Number(reader.u64()) })));
  }

  async compactions(): Promise<RunningCompaction[]> {
    const readers = await this.#port.askAll(TO_SHARD.compactions);
    return readers.flatMap((reader) =>
      list(reader, () => ({
        id: reader.bytes(16),
        operation: reader.string(),
        kind: reader.string(),
        keyspace: reader.string(),
        table: reader.string(),
        done: reader.u64(),
        total: reader.u64(),
        unit: reader.string(),
        sstables: reader.u32(),
        directory: reader.string(),
      })),
    );
  }

  /** What has ended since the last call. */
  async takeHistory(): Promise<EndedCompaction[]> {
    const readers = await this.#port.askAll(TO_SHARD.takeHistory);
    return readers.flatMap((reader) =>
      list(reader, () => ({
        id: reader.bytes(16),
        keyspace: reader.string(),
        table: reader.string(),
        endedAtMillis: reader.u64(),
        bytesIn: reader.u64(),
        bytesOut: reader.u64(),
        rowsMerged: new Map(list(reader, () => [reader.u32(), reader.u64()] as const)),
        properties: new Map(list(reader, () => [reader.string(), reader.string()] as const)),
      })),
    );
  }

  /** All of a kind, or of every kind with an empty name. */
  async stopKind(operation: string): Promise<void> {
    await this.#port.askAll(TO_SHARD.stopCompactions, (writer) => writer.string(operation).bytes(NO_ID));
  }

  /** Whether one had the id. */
  async stopId(id: Uint8Array): Promise<boolean> {
    const readers = await this.#port.askAll(TO_SHARD.stopCompactions, (writer) => writer.string('').bytes(id));
    return readers.map((reader) => reader.u8()).includes(1);
  }

  /** Of each shard; 0: not limited. */
  async setThroughput(bytesPerSecond: number): Promise<void> {
    await this.#port.askAll(TO_SHARD.setCompaction, (writer) => writer.u64(BigInt(bytesPerSecond)).u32(0));
  }

  /** Of each shard, at least 1. */
  async setConcurrent(count: number): Promise<void> {
    await this.#port.askAll(TO_SHARD.setCompaction, (writer) => writer.u64(UNCHANGED).u32(count));
  }

  /** With a partition key: those that may hold it. */
  async sstables(table: Uint8Array, key: Uint8Array | null = null): Promise<SSTableFile[]> {
    const readers = await this.#port.askAll(TO_SHARD.sstables, (writer) => writer.bytes(table).blob(key));
    return readers.flatMap((reader) =>
      list(reader, () => ({
        path: reader.string(),
        level: reader.u32(),
        diskBytes: reader.u64(),
        dataBytes: reader.u64(),
        uncompressedBytes: reader.u64(),
        repairedAt: reader.u64(),
      })),
    );
  }

  async scrub(table: Uint8Array, options: { skipCorrupted: boolean; validate: boolean }): Promise<ScrubFindings[]> {
    const bits = Number(options.skipCorrupted) + 2 * Number(!options.validate);
    const readers = await this.#port.askAll(TO_SHARD.scrub, (writer) => writer.bytes(table).u8(bits));
    return readers.map((reader) => ({
      sstables: Number(reader.u64()),
      partitions: Number(reader.u64()),
      damagedPartitions: Number(reader.u64()),
      skippedRows: Number(reader.u64()),
    }));
  }

  async rewrite(table: Uint8Array, what: Rewrite): Promise<void> {
    await this.#port.askAll(TO_SHARD.rewrite, (writer) => writer.bytes(table).u8(REWRITES[what]));
  }

  async compactFiles(table: Uint8Array, generations: readonly bigint[]): Promise<void> {
    await this.#port.askAll(TO_SHARD.compactFiles, (writer: MessageWriter) => {
      writer.bytes(table).u32(generations.length);
      for (const generation of generations) writer.u64(generation);
    });
  }

  /** SSTables with tokens from `first` to `last`, both inclusive. */
  async compactRange(table: Uint8Array, first: bigint, last: bigint): Promise<void> {
    await this.#port.askAll(TO_SHARD.compactRange, (writer) =>
      writer.bytes(table).u64(BigInt.asUintN(64, first)).u64(BigInt.asUintN(64, last)),
    );
  }

  async statistics(table: Uint8Array): Promise<SSTableHistograms[]> {
    const readers = await this.#port.askAll(TO_SHARD.statistics, (writer) => writer.bytes(table));
    return readers.flatMap((reader) =>
      list(reader, () => ({ partitionSizes: histogram(reader), cellCounts: histogram(reader) })),
    );
  }
}

function list<Item>(reader: MessageReader, read: () => Item): Item[] {
  return Array.from({ length: reader.u32() }, read);
}

/** As EstimatedHistogram is written: each count with the bound below it, the first with its own. */
function histogram(reader: MessageReader): Histogram {
  const pairs = list(reader, () => ({ below: reader.u64(), count: reader.u64() }));
  return pairs.map(({ below, count }, index) => ({ bound: pairs[index + 1]?.below ?? below, count }));
}
