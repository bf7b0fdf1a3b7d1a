/** What an operator may do to the files of tables; main implements it, the admin endpoint and nodetool use it. */
import type { ScrubFindings, VerifyFindings, VerifyFlags } from '../../storage/maintenance-port.ts';

/** All tables of the keyspace without names, all keyspaces without one. */
export interface TableChoice {
  readonly keyspace?: string;
  readonly tables?: readonly string[];
}

export type VerifyRequest = TableChoice & Partial<VerifyFlags>;

export interface ScrubRequest extends TableChoice {
  readonly skipCorrupted?: boolean;
  readonly noValidate?: boolean;
  readonly noSnapshot?: boolean;
}

export interface RewriteRequest extends TableChoice {
  readonly what: 'cleanup' | 'upgrade' | 'upgradeAll' | 'recompress' | 'garbageRows' | 'garbageCells';
}

export interface CompactRequest extends TableChoice {
  /** Data.db files, of any tables. */
  readonly files?: readonly string[];
  readonly splitOutput?: boolean;
  /** A token range, the start exclusive; either may be left out. */
  readonly startToken?: string;
  readonly endToken?: string;
}

export interface AutocompactionRequest extends TableChoice {
  readonly enabled: boolean;
}

export interface AutocompactionStatus {
  readonly keyspace: string;
  readonly table: string;
  readonly running: boolean;
}

/** A task with its numbers as decimal text: they may be beyond what JSON's numbers hold. */
export interface CompactionTask {
  readonly id: string;
  readonly operation: string;
  readonly kind: string;
  readonly keyspace: string;
  readonly table: string;
  readonly done: string;
  readonly total: string;
  readonly unit: string;
  readonly sstables: number;
  readonly directory: string;
}

export interface CompactionStatistics {
  readonly concurrentCompactors: number;
  readonly pending: readonly { readonly keyspace: string; readonly table: string; readonly tasks: number }[];
  readonly completed: number;
  readonly bytesCompacted: number;
  readonly aborted: number;
  readonly reduced: number;
  readonly sstablesDropped: number;
  readonly perMinute15: number;
  readonly meanPerHour: number;
  /** 0: not limited. */
  readonly throughputBytes: number;
  readonly tasks: readonly CompactionTask[];
}

export interface CompactionHistoryEntry {
  readonly id: string;
  readonly keyspace: string;
  readonly table: string;
  readonly compactedAtMillis: number;
  readonly bytesIn: string;
  readonly bytesOut: string;
  readonly rowsMerged: readonly (readonly [number, string])[];
  readonly properties: readonly (readonly [string, string])[];
}

export interface CompactionThresholds {
  readonly min: number;
  readonly max: number;
}

export interface TableHistograms {
  /** Bound and count of each bucket, over all SSTables, as decimal text. */
  readonly partitionSizes: readonly (readonly [string, string])[];
  readonly cellCounts: readonly (readonly [string, string])[];
}

export interface MaintenanceOperations {
  /** Throws OperationFailure with a line for each finding. */
  verify(request: VerifyRequest): Promise<readonly VerifyFindings[]>;
  scrub(request: ScrubRequest): Promise<readonly ScrubFindings[]>;
  rewrite(request: RewriteRequest): Promise<void>;
  compact(request: CompactRequest): Promise<void>;
  setAutocompaction(request: AutocompactionRequest): Promise<void>;
  autocompaction(choice: TableChoice): AutocompactionStatus[];
  thresholds(keyspace: string, table: string): CompactionThresholds;
  setThresholds(keyspace: string, table: string, thresholds: CompactionThresholds): Promise<void>;
  compactionStatistics(): Promise<CompactionStatistics>;
  compactionHistory(): Promise<readonly CompactionHistoryEntry[]>;
  /** By id, or by kind (`COMPACTION`; empty: every kind). */
  stop(what: { readonly kind?: string; readonly id?: string }): Promise<void>;
  /** Of the node, in bytes a second; 0: not limited. */
  setThroughput(bytesPerSecond: number): Promise<void>;
  setConcurrentCompactors(count: number): Promise<void>;
  /** Data.db files that may hold the partition key, which is given as text. */
  sstablesOfKey(keyspace: string, table: string, key: string): Promise<readonly string[]>;
  histograms(keyspace: string, table: string): Promise<TableHistograms>;
}
