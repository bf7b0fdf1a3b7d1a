/** One round of loads on one server: started anew on its CPUs, filled, warmed up, measured, stopped. */
import { freePorts } from '../test/process/free-port.ts';
import type { CassandraStress } from './cassandra-stress.ts';
import { START } from './contestants.ts';
import type { Latte } from './latte.ts';
import type { BenchOptions, ContestantName } from './options.ts';
import { residentBytes } from './process-usage.ts';
import type { Load, LoadMeasurement } from './results.ts';

/** Requests in flight while warming up: enough to have both servers' every path hot. */
const WARM_UP_IN_FLIGHT = 64;
const DEPTHS = [16, 64, 256] as const;
const LATTE_STATEMENTS = ['write', 'read'] as const;
/** The write load comes first: it fills what the others read. */
const STRESS_STATEMENTS = ['write', 'read', 'mixed'] as const;
/** A third of what cassandra-stress can do from one core: there it measures the server more than itself. */
const STRESS_RATE = { threads: 16, perSecond: 4_000 } as const;

export interface LoadClients {
  readonly latte: Latte;
  readonly stress: CassandraStress | null;
}

export interface LoadRound {
  readonly loads: readonly { readonly load: Load; readonly measurement: LoadMeasurement }[];
  readonly residentBytesAfterLoad: number;
}

export async function runLoadRound(
  contestant: ContestantName,
  clients: LoadClients,
  options: BenchOptions,
  report: (text: string) => void,
): Promise<LoadRound> {
  const [port = 0] = await freePorts(1);
  const server = await START[contestant]({ port, sync: options.sync, cpus: options.serverCpu }, options);
  const loads: { load: Load; measurement: LoadMeasurement }[] = [];
  const take = (load: Load, measurement: LoadMeasurement) => {
    loads.push({ load, measurement });
    const { operationsPerSecond, p99Milliseconds, cpuMicrosPerOperation } = measurement;
    report(
      `${loadName(load)}: ${Math.round(operationsPerSecond)} op/s, p99 ${p99Milliseconds.toFixed(2)} ms, ` +
        `${cpuMicrosPerOperation.toFixed(1)} µs of CPU an operation`,
    );
  };
  try {
    await clients.latte.fill(server);
    for (const statement of LATTE_STATEMENTS) {
      await clients.latte.measure(server, statement, WARM_UP_IN_FLIGHT, options.warmUpSeconds);
    }
    for (const statement of LATTE_STATEMENTS) {
      for (const inFlight of DEPTHS) {
        const measurement = await clients.latte.measure(server, statement, inFlight, options.seconds);
        take({ client: 'latte', statement, inFlight, perSecond: null }, measurement);
      }
    }
    for (const statement of clients.stress === null ? [] : STRESS_STATEMENTS) {
      const measurement = await clients.stress?.measure(server, statement, STRESS_RATE, options.stressOperations);
      if (measurement !== undefined) {
        const { threads, perSecond } = STRESS_RATE;
        take({ client: 'cassandra-stress', statement, inFlight: threads, perSecond }, measurement);
      }
    }
    return { loads, residentBytesAfterLoad: residentBytes(server.pid) };
  } finally {
    await server.stop();
  }
}

export function loadName(load: Load): string {
  const amount = load.perSecond === null ? `${load.inFlight} in flight` : `${load.perSecond} a second`;
  return `${load.client} ${load.statement}, ${amount}`;
}
