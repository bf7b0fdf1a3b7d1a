/**
 * Ceto for the whole-system tests: `bin/ceto` on free loopback ports with a data directory of its own,
 * which can be killed and started again on the same data.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePorts } from '../process/free-port.ts';
import { ServerProcess } from '../process/server-process.ts';

/** A start takes a fraction of a second; the rest is for a machine that is busy with much else. */
const START_TIMEOUT_MS = 90_000;
/** A drain ends within two seconds; the rest is for a busy machine. */
const STOP_PATIENCE_MS = 10_000;
const LAUNCHER = join(import.meta.dirname, '../../bin/ceto');

export interface CetoOptions {
  /** 2 when not given. */
  readonly shards?: number;
  /** As `--memory` reads it; 256MiB when not given. */
  readonly memory?: string;
  /** Settings of cassandra.yaml over those that choose free ports. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether to open the port on which a client's own port chooses the shard. */
  readonly shardAware?: boolean;
  /** More of the command line. */
  readonly parameters?: readonly string[];
  /** CPUs to pin the process to, as `taskset -c` reads them. */
  readonly cpus?: string;
  /** Kept at stop. A temporary directory, removed at stop, when not given. */
  readonly directory?: string;
}

interface Bound {
  readonly port: number;
  /** 0 when it is closed. */
  readonly shardAwarePort: number;
  readonly adminPort: number;
  readonly pid: number;
  readonly readySeconds: number;
}

interface LogLine {
  readonly msg?: unknown;
  readonly port?: unknown;
  readonly shardAwarePort?: unknown;
}

export class RunningCeto {
  readonly host = '127.0.0.1';
  readonly directory: string;
  private readonly options: CetoOptions;
  private server: ServerProcess | null = null;
  private bound: Bound | null = null;

  constructor(options: CetoOptions) {
    this.options = options;
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'ceto-data-'));
  }

  get port(): number {
    return this.current.port;
  }
  get shardAwarePort(): number {
    return this.current.shardAwarePort;
  }
  get adminPort(): number {
    return this.current.adminPort;
  }
  get pid(): number {
    return this.current.pid;
  }
  /** From the start of the process until it serves CQL. */
  get readySeconds(): number {
    return this.current.readySeconds;
  }
  get running(): boolean {
    return this.server?.running ?? false;
  }
  /** The last lines of the server's log. */
  get output(): string {
    return this.server?.output ?? '';
  }

  /** Starts on what the directory holds; the ports are new each time. */
  async start(): Promise<void> {
    if (this.running) throw new Error('Ceto is already running');
    const startedAt = performance.now();
    const server = await ServerProcess.start(LAUNCHER, await this.commandLine(), this.options.cpus);
    this.server = server;
    try {
      const cql = await server.waitFor((line) => logLine(line, 'serving CQL'), 'serving CQL', START_TIMEOUT_MS);
      const readySeconds = (performance.now() - startedAt) / 1000;
      const what = 'serving the admin endpoint';
      const admin = await server.waitFor((line) => logLine(line, what), what, START_TIMEOUT_MS);
      this.bound = {
        port: Number(cql.port),
        shardAwarePort: Number(cql.shardAwarePort ?? 0),
        adminPort: Number(admin.port),
        pid: server.pid,
        readySeconds,
      };
    } catch (error) {
      await server.stop(0);
      throw error;
    }
  }

  /** As a power cut for the process: SIGKILL, resolved once it is gone. The directory stays. */
  async kill(): Promise<void> {
    this.server?.kill('SIGKILL');
    await this.server?.ended;
  }

  /** SIGTERM, resolved with the exit code once the process is gone (null after a signal). The directory stays. */
  async terminate(): Promise<number | null> {
    return (await this.server?.stop(STOP_PATIENCE_MS))?.code ?? null;
  }

  /** The end of the test: terminates if it runs, and removes a temporary directory. */
  async stop(): Promise<void> {
    if (this.running) await this.terminate();
    if (this.options.directory === undefined) rmSync(this.directory, { recursive: true, force: true });
  }

  private get current(): Bound {
    if (this.bound === null) throw new Error('Ceto was not started');
    return this.bound;
  }

  private async commandLine(): Promise<string[]> {
    const { options, directory } = this;
    const configuration = join(directory, 'test-cassandra.yaml');
    const settings = {
      ceto_admin_port: 0,
      // 0 would close it, so the free port is found here.
      ceto_shard_aware_port: options.shardAware === true ? ((await freePorts(1))[0] ?? 0) : 0,
      ...options.settings,
    };
    writeFileSync(configuration, stringify(settings));
    return [
      ...['--config', configuration, '--data-dir', join(directory, 'node'), '--listen', this.host, '--port', '0'],
      ...['--shards', String(options.shards ?? 2), '--memory', options.memory ?? '256MiB'],
      ...(options.parameters ?? []),
    ];
  }
}

/** Starts Ceto and waits until it serves; the directory is removed again when it does not. */
export async function startCeto(options: CetoOptions = {}): Promise<RunningCeto> {
  const ceto = new RunningCeto(options);
  try {
    await ceto.start();
    return ceto;
  } catch (error) {
    await ceto.stop();
    throw error;
  }
}

/** A line of the server's log (JSON, by pino) if it says `message`. */
function logLine(line: string, message: string): LogLine | null {
  if (!line.includes(message)) return null;
  try {
    const parsed = JSON.parse(line) as LogLine;
    return parsed.msg === message ? parsed : null;
  } catch {
    return null;
  }
}
