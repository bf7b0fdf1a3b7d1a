/** Ceto and Cassandra behind one interface, started alike: pinned or not, with the same commit log promise. */
import type { CommitlogSync } from '../test/cassandra/configuration.ts';
import { startCassandra } from '../test/cassandra/start-cassandra.ts';
import { startCeto } from '../test/server/start-ceto.ts';
import type { BenchOptions, ContestantName } from './options.ts';

export interface RunningContestant {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly port: number;
  readonly sync: CommitlogSync;
  /** CPUs to pin to, as taskset reads them; one shard each. Not pinned, and two shards, when not given. */
  readonly cpus?: string;
}

export const CONTESTANT_NAMES: Record<ContestantName, string> = { ceto: 'Ceto', cassandra: 'Cassandra' };

type Start = (options: StartOptions, bench: BenchOptions) => Promise<RunningContestant>;

/** Fresh data each time. Resolves once the server says that it serves. */
export const START: Record<ContestantName, Start> = {
  ceto: async ({ port, sync, cpus }, bench) => {
    const ceto = await startCeto({
      shards: cpus === undefined ? 2 : cpuCount(cpus),
      memory: bench.cetoMemory,
      settings: { commitlog_sync: sync },
      parameters: ['--port', String(port), '--log-level', 'info'],
      ...(cpus === undefined ? {} : { cpus }),
    });
    return { host: ceto.host, port, pid: ceto.pid, stop: () => ceto.stop() };
  },
  cassandra: ({ port, sync, cpus }, bench) =>
    startCassandra({
      nativePort: port,
      heap: bench.cassandraHeap,
      commitlogSync: sync,
      ...(cpus === undefined ? {} : { cpus }),
    }),
};

/** Of a list as taskset reads it: `0`, `0,2`, `0-3`. */
export function cpuCount(list: string): number {
  return list.split(',').reduce((count, part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return count + (last - first + 1);
  }, 0);
}
