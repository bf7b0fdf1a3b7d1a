/**
 * The server that the client tests speak to: a Ceto node of their own, or with CETO_TEST_TARGET=host:port
 * one that is already there (the real Cassandra, to see that a test asks for what Cassandra does).
 */
import type { TestContext } from 'vitest';
import { freePorts } from '../process/free-port.ts';
import { type CetoOptions, type RunningCeto, startCeto } from '../server/start-ceto.ts';

const EXTERNAL = process.env['CETO_TEST_TARGET'];

/** `npm run test:long` gives the tests with a size more to do. */
export const LONG = process.env['CETO_TEST_LONG'] === '1';

export interface Target {
  readonly host: string;
  readonly port: number;
  /** Null for a server that these tests did not start. */
  readonly ceto: RunningCeto | null;
  stop(): Promise<void>;
}

/** Starts Ceto on a port that it keeps over restarts, so that connected drivers find it again. */
export async function startTarget(options: CetoOptions = {}): Promise<Target> {
  if (EXTERNAL !== undefined) {
    const [host = '127.0.0.1', port] = EXTERNAL.split(':');
    return { host, port: Number(port ?? 9042), ceto: null, stop: async () => {} };
  }
  const [port = 0] = await freePorts(1);
  const ceto = await startCeto({ ...options, parameters: ['--port', String(port), ...(options.parameters ?? [])] });
  return { host: ceto.host, port: ceto.port, ceto, stop: () => ceto.stop() };
}

/** The node under test, for tests that restart it or read its metrics; they are skipped on any other server. */
export function cetoOf(target: Target, context: TestContext): RunningCeto {
  if (target.ceto === null) context.skip('needs a Ceto node that the test itself has started');
  return target.ceto;
}

/** A keyspace name of this process alone, so that runs against one server do not meet. */
export function uniqueKeyspace(purpose: string): string {
  return `${purpose}_${process.pid}`;
}
