/** The options of a table (CREATE TABLE … WITH), with Cassandra 5.0's defaults. */
export interface TableParams {
  readonly additionalWritePolicy: string;
  readonly allowAutoSnapshot: boolean;
  readonly bloomFilterFpChance: number;
  readonly caching: Caching;
  readonly cdc: boolean;
  readonly comment: string;
  readonly compaction: StringMap;
  readonly compression: StringMap;
  readonly crcCheckChance: number;
  readonly defaultTimeToLive: number;
  readonly extensions: ReadonlyMap<string, Uint8Array>;
  readonly gcGraceSeconds: number;
  readonly incrementalBackups: boolean;
  readonly maxIndexInterval: number;
  readonly memtable: string;
  readonly memtableFlushPeriodInMs: number;
  readonly minIndexInterval: number;
  readonly readRepair: 'BLOCKING' | 'NONE';
  readonly speculativeRetry: string;
}

/** Options by name in the order in which Cassandra prints them. */
export type StringMap = ReadonlyMap<string, string>;

export interface Caching {
  readonly keys: 'ALL' | 'NONE';
  /** `ALL`, `NONE` or a number of rows. */
  readonly rowsPerPartition: string;
}

export const DEFAULT_COMPACTION: StringMap = new Map([
  ['class', 'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy'],
  ['max_threshold', '32'],
  ['min_threshold', '4'],
]);

export const DEFAULT_COMPRESSION: StringMap = new Map([
  ['chunk_length_in_kb', '16'],
  ['class', 'org.apache.cassandra.io.compress.LZ4Compressor'],
]);

/** Compression switched off, as system_schema.tables keeps it. */
export const NO_COMPRESSION: StringMap = new Map([['enabled', 'false']]);

export const DEFAULT_TABLE_PARAMS: TableParams = Object.freeze({
  additionalWritePolicy: '99p',
  allowAutoSnapshot: true,
  bloomFilterFpChance: 0.01,
  caching: Object.freeze({ keys: 'ALL', rowsPerPartition: 'NONE' } as const),
  cdc: false,
  comment: '',
  compaction: DEFAULT_COMPACTION,
  compression: DEFAULT_COMPRESSION,
  crcCheckChance: 1,
  defaultTimeToLive: 0,
  extensions: new Map<string, Uint8Array>(),
  gcGraceSeconds: 864_000,
  incrementalBackups: true,
  maxIndexInterval: 2048,
  memtable: 'default',
  memtableFlushPeriodInMs: 0,
  minIndexInterval: 128,
  readRepair: 'BLOCKING',
  speculativeRetry: '99p',
});
