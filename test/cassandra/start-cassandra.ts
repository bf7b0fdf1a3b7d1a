/**
 * The real Apache Cassandra, started from its Maven artifact on free loopback ports. Needs Java 17 and
 * Maven. What `npm run compare` asks and what `npm run bench` measures against.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../process/free-port.ts';
import { ServerProcess } from '../process/server-process.ts';
import { type CommitlogSync, cassandraYaml, javaOptions } from './configuration.ts';
import { cassandraJars } from './jars.ts';

/** A cold start on one busy core takes half a minute. */
const START_TIMEOUT_MS = 180_000;
const STOP_PATIENCE_MS = 30_000;

export interface CassandraOptions {
  /** For CQL; a free one when not given. */
  readonly nativePort?: number;
  /** As Java's -Xmx reads it; 1G when not given. */
  readonly heap?: string;
  /** CPUs to pin the process to, as `taskset -c` reads them; all when not given. */
  readonly cpus?: string;
  /** periodic when not given. */
  readonly commitlogSync?: CommitlogSync;
  /** Where data and configuration go; kept at stop. A temporary directory, removed at stop, when not given. */
  readonly directory?: string;
}

export interface RunningCassandra {
  readonly host: string;
  readonly port: number;
  /** For nodetool. */
  readonly jmxPort: number;
  readonly pid: number;
  /** From the start of the process until it serves CQL. */
  readonly readySeconds: number;
  stop(): Promise<void>;
}

export async function startCassandra(options: CassandraOptions = {}): Promise<RunningCassandra> {
  const jars = await cassandraJars();
  const root = options.directory ?? mkdtempSync(join(tmpdir(), 'ceto-cassandra-'));
  const removeRoot = () => {
    if (options.directory === undefined) rmSync(root, { recursive: true, force: true });
  };
  const [free = 0, storage = 0, jmx = 0] = await freePorts(3);
  const native = options.nativePort ?? free;
  const ports = { native, storage, jmx };
  const configuration = join(root, 'conf');
  mkdirSync(configuration, { recursive: true });
  writeFileSync(join(configuration, 'cassandra.yaml'), cassandraYaml(root, ports, options.commitlogSync ?? 'periodic'));
  copyFileSync(join(import.meta.dirname, 'logback.xml'), join(configuration, 'logback.xml'));

  const agent = readdirSync(jars).find((name) => /^jamm-.*\.jar$/.test(name));
  if (agent === undefined) throw new Error(`no jamm jar in ${jars}`);
  const heap = options.heap ?? '1G';
  const startedAt = performance.now();
  const server = await ServerProcess.start(
    'java',
    [
      `-javaagent:${join(jars, agent)}`,
      `-Xms${heap}`,
      `-Xmx${heap}`,
      ...javaOptions(root, configuration, ports),
      '-cp',
      `${configuration}:${join(jars, '*')}`,
      'org.apache.cassandra.service.CassandraDaemon',
    ],
    options.cpus,
  );
  const stop = async () => {
    await server.stop(STOP_PATIENCE_MS);
    removeRoot();
  };
  try {
    await server.waitFor(
      (line) => (line.includes('Startup complete') ? true : null),
      'Startup complete',
      START_TIMEOUT_MS,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host: '127.0.0.1',
    port: native,
    jmxPort: jmx,
    pid: server.pid,
    readySeconds: (performance.now() - startedAt) / 1000,
    stop,
  };
}
