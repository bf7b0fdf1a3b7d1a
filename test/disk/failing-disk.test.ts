/** A disk that fails under a node that serves: what disk_failure_policy makes of a read that meets it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import cassandra from 'cassandra-driver';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RunningCeto } from '../server/start-ceto.ts';
import { canMount, OwnDisk } from './own-disk.ts';

const { Client, policies, types } = cassandra;

const MEBIBYTES = 128;
const READ_FAILURE = 0x1300;
const VALUE = 'x'.repeat(4_000);
const ROWS = 200;

let disk: OwnDisk;
let ceto: RunningCeto | null = null;
let client: cassandra.Client | null = null;

beforeEach(() => {
  if (canMount) disk = new OwnDisk(MEBIBYTES);
});

afterEach(async () => {
  await client?.shutdown();
  client = null;
  await ceto?.kill();
  ceto = null;
  if (canMount) disk.remove();
});

async function request(path: string, body?: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const init = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
  return fetch(`http://127.0.0.1:${ceto?.adminPort}${path}`, init);
}

/** Rows in an SSTable whose blocks lie on the part of the disk that fails then; the log's lie before it. */
async function serveFromFailingDisk(policy: string): Promise<cassandra.Client> {
  ceto = new RunningCeto({
    directory: disk.directory,
    shards: 1,
    settings: { disk_failure_policy: policy, commitlog_segment_size: '4MiB' },
  });
  await ceto.start();
  client = new Client({
    contactPoints: [`${ceto.host}:${ceto.port}`],
    localDataCenter: 'datacenter1',
    policies: { retry: new policies.retry.FallthroughRetryPolicy() },
    queryOptions: { consistency: types.consistencies.one, prepare: true },
  });
  await client.connect();
  await client.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
  await client.execute("CREATE TABLE k.t (id int PRIMARY KEY, v text) WITH compression = {'enabled': 'false'}");
  // The first half of the disk is taken, so that the SSTable comes to lie behind it.
  writeFileSync(join(disk.root, 'ballast'), Buffer.alloc((MEBIBYTES / 2) << 20, 1));
  const insert = 'INSERT INTO k.t (id, v) VALUES (?, ?)';
  for (let id = 0; id < ROWS; id++) await client.execute(insert, [id, VALUE]);
  expect((await request('/api/v1/flush', { keyspace: 'k', tables: ['t'] })).ok).toBe(true);
  disk.failBeyond(MEBIBYTES / 4);
  return client;
}

/** The errors of reading every row; some may still be in memory. */
async function readAll(from: cassandra.Client): Promise<{ code?: number }[]> {
  const ids = Array.from({ length: ROWS }, (_, id) => id);
  const reads = ids.map((id) => from.execute('SELECT v FROM k.t WHERE id = ?', [id]));
  return (await Promise.allSettled(reads)).flatMap((read) => (read.status === 'rejected' ? [read.reason] : []));
}

test.skipIf(!canMount)(
  'best_effort: the reads that meet the failure fail, and the node goes on',
  { timeout: 120_000 },
  async () => {
    const from = await serveFromFailingDisk('best_effort');
    const failures = await readAll(from);
    expect(failures.length).toBeGreaterThan(0);
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set([READ_FAILURE]));
    await expect.poll(() => ceto?.output ?? '').toContain('the disk failed: ');
    await from.execute('INSERT INTO k.t (id, v) VALUES (?, ?)', [ROWS, VALUE]);
    expect((await from.execute('SELECT v FROM k.t WHERE id = ?', [ROWS])).first()['v']).toBe(VALUE);
  },
);

test.skipIf(!canMount)('stop: clients are served no more, and the operator is', { timeout: 120_000 }, async () => {
  const from = await serveFromFailingDisk('stop');
  expect((await readAll(from)).length).toBeGreaterThan(0);
  await expect.poll(() => ceto?.output ?? '').toContain('Stopping transports as disk_failure_policy is stop');
  const late = new Client({ contactPoints: [`${ceto?.host}:${ceto?.port}`], localDataCenter: 'datacenter1' });
  await expect(late.connect()).rejects.toThrow();
  await late.shutdown();
  expect(ceto?.running).toBe(true);
  expect(await (await request('/metrics')).text()).toContain('ceto_read_only{shard="0"}');
});

test.skipIf(!canMount)('die: the process ends with the reason', { timeout: 120_000 }, async () => {
  const from = await serveFromFailingDisk('die');
  expect((await readAll(from)).length).toBeGreaterThan(0);
  await expect.poll(() => ceto?.running, { timeout: 20_000 }).toBe(false);
  expect(ceto?.output).toContain('disk_failure_policy is die');
});
