/**
 * Rounds of work and SIGKILL: clients write and read while an operator flushes and compacts, the process is
 * killed at a random moment and started again (sometimes with another number of shards or another disk
 * backend), and then every partition must be as acknowledged, or as the one statement in flight made it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import cassandra from 'cassandra-driver';
import { connectNodeDriver } from '../clients/node-driver/connect.ts';
import { type CetoOptions, RunningCeto } from '../server/start-ceto.ts';
import { readAll, readPartition } from './content.ts';
import { type Key, Model, SCHEMA, show, TABLES } from './model.ts';
import { Random } from './random.ts';
import { Statements, type Work } from './statements.ts';

const KEYSPACE = 'durability';
const WORKERS = 24;
/** Of each worker, in each table: few, so that partitions grow old and are written over. */
const KEYS = 6;
const MIN_WORK_MS = 200;
const MAX_WORK_MS = 1_500;
const MAX_PAUSE_MS = 250;
const SHARDS = [1, 2, 3];
/** The least that three shards take, and some more. */
const MEMORY = '384MiB';

export interface CrashReport {
  rounds: number;
  statements: number;
  reads: number;
  /** Statements in flight at a kill whose partitions were found with, and without, their change. */
  applied: number;
  lost: number;
  reshards: number;
}

export class CrashRun {
  readonly directory = mkdtempSync(join(tmpdir(), 'ceto-crash-'));
  readonly report: CrashReport = { rounds: 0, statements: 0, reads: 0, applied: 0, lost: 0, reshards: 0 };
  private readonly random: Random;
  private readonly model = new Model();
  private readonly statements: Statements;
  private readonly settings: Readonly<Record<string, unknown>>;
  private shards = 2;
  private ceto: RunningCeto | null = null;
  private client: cassandra.Client | null = null;
  /** What went wrong while the clients worked. */
  private readonly wrong: string[] = [];

  constructor(seed: number, settings: Readonly<Record<string, unknown>> = {}) {
    this.random = new Random(seed);
    this.statements = new Statements(this.random, this.model);
    this.settings = settings;
  }

  async start(): Promise<void> {
    await this.startNode();
    const setup = this.connected;
    await setup.execute(
      `CREATE KEYSPACE ${KEYSPACE} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
    );
    await setup.execute(`USE ${KEYSPACE}`);
    for (const table of TABLES) await setup.execute(`CREATE TABLE ${table} (${SCHEMA[table]})`);
    await this.reconnect();
  }

  /** Throws with all that is wrong. */
  async round(): Promise<void> {
    await this.workUntilKilled();
    if (this.random.chance(0.3)) {
      const before = this.shards;
      this.shards = this.random.pick(SHARDS);
      if (this.shards !== before) this.report.reshards++;
    }
    await this.startNode();
    if (this.random.chance(0.3)) await this.operate(this.random.pick(['flush', 'compact']));
    await this.verify();
    this.report.rounds++;
  }

  /** Reads everything and compares; what was in doubt is settled by what is there. */
  async verify(): Promise<void> {
    const { wrong, doubt } = this.model.settle(await readAll(this.connected));
    this.report.applied += doubt.applied;
    this.report.lost += doubt.lost;
    this.wrong.push(...wrong);
    for (const key of this.model.partitions) {
      if (this.random.chance(0.3)) await this.check(key);
    }
    if (this.wrong.length > 0) throw new Error(this.wrong.splice(0).join('\n'));
  }

  /** Everything through the admin endpoint's `flush` or `compact`. */
  async operate(what: 'flush' | 'compact'): Promise<void> {
    const url = `http://127.0.0.1:${this.running.adminPort}/api/v1/${what}`;
    const body = JSON.stringify({ keyspace: KEYSPACE, tables: [] });
    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`);
  }

  /** An orderly stop and a start on the same files. */
  async restart(parameters: string[] = []): Promise<void> {
    await this.running.terminate();
    await this.startNode(parameters);
  }

  get shardCount(): number {
    return this.shards;
  }

  /** Work without a kill. */
  async work(ms: number): Promise<void> {
    const state = { stopped: false, killed: false };
    const workers = this.startWorkers(state);
    await pause(ms);
    state.stopped = true;
    await Promise.all(workers);
  }

  async stop(options: { keepFiles?: boolean } = {}): Promise<void> {
    await this.client?.shutdown();
    await this.ceto?.stop();
    if (options.keepFiles !== true) rmSync(this.directory, { recursive: true, force: true });
  }

  private get connected(): cassandra.Client {
    if (this.client === null) throw new Error('not connected');
    return this.client;
  }

  private get running(): RunningCeto {
    if (this.ceto === null) throw new Error('not started');
    return this.ceto;
  }

  private async startNode(parameters = this.random.chance(0.3) ? ['--io', 'aio'] : []): Promise<void> {
    const options: CetoOptions = {
      directory: this.directory,
      shards: this.shards,
      memory: MEMORY,
      settings: this.settings,
      parameters,
    };
    this.ceto = new RunningCeto(options);
    await this.ceto.start();
    if (this.client === null) this.client = await connectNodeDriver(this.ceto, { policies: noRetries() });
    else await this.reconnect();
  }

  private async reconnect(): Promise<void> {
    await this.client?.shutdown();
    this.client = await connectNodeDriver(this.running, { policies: noRetries(), keyspace: KEYSPACE });
  }

  private async workUntilKilled(): Promise<void> {
    const state = { stopped: false, killed: false };
    const workers = this.startWorkers(state);
    const operator = this.operateUntil(state);
    await pause(MIN_WORK_MS + this.random.below(MAX_WORK_MS - MIN_WORK_MS));
    state.killed = true;
    state.stopped = true;
    await this.running.kill();
    await Promise.all([...workers, operator]);
  }

  private startWorkers(state: WorkState): Promise<void>[] {
    return Array.from({ length: WORKERS }, (_, worker) => this.workAs(worker, state));
  }

  /** One worker's keys are its own, so at most one statement is in flight on a partition. */
  private async workAs(worker: number, state: WorkState): Promise<void> {
    const keys = Array.from({ length: KEYS }, (_, index) => worker * KEYS + index);
    while (!state.stopped) {
      const k = this.random.pick(keys);
      try {
        if (this.random.chance(0.2)) await this.check({ table: this.random.pick(TABLES), k });
        else
          await this.write(
            this.statements.any(
              k,
              keys.filter((each) => each !== k && this.random.chance(0.2)),
            ),
          );
      } catch (error) {
        if (state.killed) return;
        this.wrong.push(`while serving: ${error}`);
        return;
      }
    }
  }

  private async write({ statements, changes, applied }: Work): Promise<void> {
    this.model.begin(changes);
    const [first] = statements;
    if (statements.length > 1) {
      const queries = statements.map(({ query, parameters }) => ({ query, params: parameters }));
      await this.connected.batch(queries as { query: string; params: unknown[] }[], { prepare: true });
    } else if (first !== undefined) {
      const result = await this.connected.execute(first.query, [...first.parameters], { prepare: true });
      if (applied !== undefined && result.wasApplied() !== applied) {
        this.wrong.push(`${first.query} ${JSON.stringify(first.parameters)}: [applied] should be ${applied}`);
      }
    }
    this.model.acknowledge(changes);
    this.report.statements++;
  }

  private async check(key: Key): Promise<void> {
    const found = await readPartition(this.connected, key);
    const expected = this.model.get(key);
    this.report.reads++;
    if (isDeepStrictEqual(found, expected)) return;
    this.wrong.push(`read of ${key.table}/${key.k}: expected ${show(expected)}, found ${show(found)}`);
  }

  private async operateUntil(state: WorkState): Promise<void> {
    while (!state.stopped) {
      await pause(this.random.below(MAX_PAUSE_MS));
      if (state.stopped) return;
      try {
        await this.operate(this.random.chance(0.6) ? 'flush' : 'compact');
      } catch (error) {
        if (!state.killed) this.wrong.push(`while serving: ${error}`);
      }
    }
  }
}

interface WorkState {
  stopped: boolean;
  killed: boolean;
}

/** What was in flight at a kill must not be sent again. */
function noRetries(): NonNullable<cassandra.ClientOptions['policies']> {
  return { retry: new cassandra.policies.retry.FallthroughRetryPolicy() };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
