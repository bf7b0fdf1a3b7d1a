/** What is measured, as it is written to the results file. Lists hold one entry a round. */
import type { ResultsHead } from './command.ts';
import type { BenchOptions, ContestantName } from './options.ts';

/** Empty for one that is not measured. */
export type ByContestant<Measurement> = Readonly<Record<ContestantName, Measurement[]>>;

export interface Load {
  readonly client: 'latte' | 'cassandra-stress';
  readonly statement: 'write' | 'read' | 'mixed';
  /** The most that may be. */
  readonly inFlight: number;
  /** Null: as fast as the client and the server can. */
  readonly perSecond: number | null;
}

export interface LoadMeasurement {
  readonly operations: number;
  readonly operationsPerSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly p999Milliseconds: number;
  /** User and system time of all the server's threads. */
  readonly cpuMicrosPerOperation: number;
  /** Of the client's core; near 1 the client was the limit. Null where the client does not tell. */
  readonly clientBusy: number | null;
}

export interface LoadResult extends Load {
  readonly measurements: ByContestant<LoadMeasurement>;
}

/** One start of a server that nobody uses yet. */
export interface NodeMeasurement {
  /** From the start of the process to the answer to a first SELECT. */
  readonly firstQueryMilliseconds: number;
  readonly idleResidentBytes: number;
  readonly idleCpuPercent: number;
  /** Medians over the statements of one start. */
  readonly createTableMilliseconds: number;
  readonly dropTableMilliseconds: number;
}

export interface Results extends ResultsHead {
  readonly options: BenchOptions;
  readonly nodes: ByContestant<NodeMeasurement>;
  readonly loads: LoadResult[];
  readonly residentBytesAfterLoad: ByContestant<number>;
}
