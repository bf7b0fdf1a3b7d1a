/** What an operator may ask of a running node; main implements it, the admin endpoint and nodetool use it. */

export interface CacheStatus {
  readonly entries: number;
  readonly bytes: number;
  readonly limitBytes: number;
  readonly hits: number;
  readonly misses: number;
}

export type MemoryUse =
  | 'budget'
  | 'used'
  | 'memtable'
  | 'memtable_limit'
  | 'system'
  | 'retired'
  | 'filter'
  | 'summary'
  | 'offset';

export interface NodeStatus {
  readonly clusterName: string;
  readonly datacenter: string;
  readonly rack: string;
  readonly address: string;
  readonly hostId: string;
  readonly tokens: readonly string[];
  readonly loadBytes: number;
  readonly uncompressedBytes: number;
  readonly uptimeSeconds: number;
  readonly releaseVersion: string;
  readonly schemaVersion: string;
  readonly generation: number;
  readonly nativeTransportActive: boolean;
  readonly residentBytes: number;
  readonly memoryLimitBytes: number;
  readonly heapBytes: number;
  /** What the shards' budget for data is used for, in bytes; the names of the metrics without `memory_`. */
  readonly memory: Readonly<Record<MemoryUse, number>>;
  readonly chunkCache: CacheStatus;
  readonly rowCache: CacheStatus;
  readonly keyspaces: readonly { readonly name: string; readonly replication: Readonly<Record<string, string>> }[];
}

/** Of a table's SSTables on all shards. */
export interface TableFileStatistics {
  /** Of an earlier version than what is written now. */
  readonly old: number;
  /** On disk, of the largest, all components. */
  readonly maxBytes: number;
  /** Whether the table has LeveledCompactionStrategy. */
  readonly leveled: boolean;
  /** By level; bytes of Data.db. */
  readonly levels: readonly { readonly sstables: number; readonly bytes: number }[];
  /** Uncompressed. */
  readonly repairedBytes: number;
  readonly unrepairedBytes: number;
}

export interface TableStatistics {
  readonly keyspace: string;
  readonly table: string;
  /** Sums over the shards, by the names of `TableStats` (addon/lsm/store.h). */
  readonly numbers: Readonly<Record<string, number>>;
  readonly files: TableFileStatistics;
}

export interface ClientStatistics {
  readonly address: string;
  readonly port: number;
  readonly shard: number;
  readonly version: number;
  readonly keyspace: string;
  readonly requests: number;
  readonly driverName: string;
  readonly driverVersion: string;
}

export interface NodeOperations {
  status(): Promise<NodeStatus>;
  tableStatistics(keyspaces: readonly string[]): Promise<TableStatistics[]>;
  clients(): Promise<ClientStatistics[]>;
  /** All tables of the keyspace without names, all keyspaces with null. Throws OperationError. */
  flush(keyspace: string | null, tables: readonly string[]): Promise<void>;
  /** Stops serving clients and flushes everything; the process goes on until it is stopped. */
  drain(): Promise<void>;
  /** One map of counters and gauges a shard. */
  shardNumbers(): Promise<ReadonlyMap<string, bigint>[]>;
}

/** It was right to ask, and it failed; the message is nodetool's. */
export class OperationFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OperationFailure';
  }
}

/** What an operator asked for cannot be done; the message is nodetool's. */
export class OperationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OperationError';
  }
}
