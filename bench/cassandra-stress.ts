/**
 * cassandra-stress, as Cassandra's users have it installed: the load generator over the Java driver. It runs at a
 * fixed rate, and its latencies count from when an operation was due. As fast as it can, some 14,000 operations a
 * second from one core, it is the limit itself and its latencies are its own threads' wait for that core. It warms
 * its JVM up before it measures.
 */
import type { RunningContestant } from './contestants.ts';
import { cpuMicros } from './process-usage.ts';
import { findProgram, runClient } from './programs.ts';
import type { Load, LoadMeasurement } from './results.ts';

const COMMANDS: Record<Load['statement'], readonly string[]> = {
  write: ['write'],
  read: ['read'],
  mixed: ['mixed', 'ratio(write=1,read=1)'],
};

export class CassandraStress {
  readonly #program: string;
  readonly #cpus: string;

  private constructor(program: string, cpus: string) {
    this.#program = program;
    this.#cpus = cpus;
  }

  /** Null when there is none. */
  static find(cpus: string): CassandraStress | null {
    const program = findProgram('CASSANDRA_STRESS', 'cassandra-stress');
    return program === null ? null : new CassandraStress(program, cpus);
  }

  /** A read or a mixed load needs a write load of as many operations before it: that one fills the table. */
  async measure(
    server: RunningContestant,
    statement: Load['statement'],
    rate: { readonly threads: number; readonly perSecond: number },
    operations: number,
  ): Promise<LoadMeasurement> {
    const before = cpuMicros(server.pid);
    const output = await runClient(this.#cpus, this.#program, [
      ...COMMANDS[statement],
      ...[`n=${operations}`, 'cl=ONE', '-pop', population(statement, operations)],
      ...[
        '-rate',
        `threads=${rate.threads}`,
        `fixed=${rate.perSecond}/s`,
        '-port',
        `native=${server.port}`,
        '-mode',
        'native',
        'cql3',
      ],
      ...['-node', server.host],
    ]);
    return stressMeasurement(output, cpuMicros(server.pid) - before);
  }
}

/** A write fills every key once, in order; the others pick among all of them. */
function population(statement: Load['statement'], keys: number): string {
  return statement === 'write' ? `seq=1..${keys}` : `dist=uniform(1..${keys})`;
}

/** Reads the closing report. Throws when an operation failed. */
export function stressMeasurement(output: string, serverCpuMicros: number): LoadMeasurement {
  const figure = (name: string): number => {
    const found = new RegExp(`^${name.replaceAll('.', '\\.')}\\s*:\\s*([\\d,.]+)`, 'm').exec(output)?.[1];
    if (found === undefined) throw new Error(`cassandra-stress reported no "${name}":\n${output.slice(-2000)}`);
    return Number(found.replaceAll(',', ''));
  };
  const errors = figure('Total errors');
  if (errors > 0) throw new Error(`cassandra-stress saw ${errors} errors:\n${output.slice(-2000)}`);
  const operations = figure('Total partitions');
  const warmUps = [...output.matchAll(/^Warming up .* with (\d+) iterations/gm)].map(([, count]) => Number(count));
  const all = warmUps.reduce((sum, count) => sum + count, operations);
  return {
    operations,
    operationsPerSecond: figure('Op rate'),
    p50Milliseconds: figure('Latency median'),
    p99Milliseconds: figure('Latency 99th percentile'),
    p999Milliseconds: figure('Latency 99.9th percentile'),
    cpuMicrosPerOperation: serverCpuMicros / all,
    clientBusy: null,
  };
}
