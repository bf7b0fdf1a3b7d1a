/** What a node costs before anyone uses it: the start, memory and CPU when idle, changes of the schema. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../test/process/free-port.ts';
import { CqlConnection } from '../test/protocol-client/connection.ts';
import type { Response } from '../test/protocol-client/responses.ts';
import { START } from './contestants.ts';
import type { BenchOptions, ContestantName } from './options.ts';
import { cpuMicros, residentBytes } from './process-usage.ts';
import type { NodeMeasurement } from './results.ts';
import { median } from './statistics.ts';

/** How exact the time to the first query is. */
const CONNECT_POLL_MS = 5;
/** Both do some work of their own right after their start. */
const SETTLE_MS = 5_000;
const IDLE_MS = 10_000;
const PROTOCOL_VERSION = 4;

export async function measureNode(contestant: ContestantName, options: BenchOptions): Promise<NodeMeasurement> {
  const [port = 0] = await freePorts(1);
  const startedAt = performance.now();
  const starting = START[contestant]({ port, sync: options.sync }, options);
  const cancelled = new AbortController();
  starting.catch(() => cancelled.abort());
  const answered = firstAnswer(port, cancelled.signal);
  const server = await starting;
  try {
    const firstQueryMilliseconds = (await answered) - startedAt;
    await sleep(SETTLE_MS);
    const before = cpuMicros(server.pid);
    await sleep(IDLE_MS);
    const idleCpuPercent = (cpuMicros(server.pid) - before) / ((IDLE_MS * 1000) / 100);
    const idleResidentBytes = residentBytes(server.pid);
    return { firstQueryMilliseconds, idleCpuPercent, idleResidentBytes, ...(await measureSchema(server, options)) };
  } finally {
    cancelled.abort();
    await server.stop();
  }
}

/** When the first SELECT was answered; tried until it is or the signal comes. */
async function firstAnswer(port: number, signal: AbortSignal): Promise<number> {
  while (!signal.aborted) {
    try {
      const connection = await CqlConnection.open('127.0.0.1', port, PROTOCOL_VERSION);
      try {
        mustSucceed(await connection.query('SELECT key FROM system.local'));
        return performance.now();
      } finally {
        connection.close();
      }
    } catch {
      // Not there yet, or there and not ready.
      await sleep(CONNECT_POLL_MS);
    }
  }
  return Number.NaN;
}

async function measureSchema(
  server: { readonly host: string; readonly port: number },
  options: BenchOptions,
): Promise<Pick<NodeMeasurement, 'createTableMilliseconds' | 'dropTableMilliseconds'>> {
  const connection = await CqlConnection.open(server.host, server.port, PROTOCOL_VERSION);
  const timed = async (cql: string) => {
    const startedAt = performance.now();
    mustSucceed(await connection.query(cql));
    return performance.now() - startedAt;
  };
  try {
    await timed(
      "CREATE KEYSPACE ceto_bench_ddl WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    );
    const tables = Array.from({ length: options.ddlStatements }, (_, index) => `ceto_bench_ddl.t${index}`);
    const creates: number[] = [];
    const drops: number[] = [];
    for (const table of tables) {
      creates.push(await timed(`CREATE TABLE ${table} (key bigint PRIMARY KEY, c0 text, c1 text, c2 text)`));
    }
    for (const table of tables) drops.push(await timed(`DROP TABLE ${table}`));
    return { createTableMilliseconds: median(creates), dropTableMilliseconds: median(drops) };
  } finally {
    connection.close();
  }
}

function mustSucceed(response: Response): void {
  if (response.kind === 'error') throw new Error(`the server answered ${JSON.stringify(response)}`);
}
