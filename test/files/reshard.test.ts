/** Starts with another number of shards: served at once, and whole after crashes at any point of the change. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type cassandra from 'cassandra-driver';
import { afterAll, expect, test } from 'vitest';
import { connectNodeDriver, createKeyspace } from '../clients/node-driver/connect.ts';
import { nodetool } from '../server/nodetool.ts';
import { RunningCeto } from '../server/start-ceto.ts';

const ROWS = 60;
const directory = mkdtempSync(join(tmpdir(), 'ceto-reshard-'));
let ceto: RunningCeto | null = null;
let client: cassandra.Client | null = null;

async function start(shards: number): Promise<cassandra.Client> {
  ceto = new RunningCeto({ directory, shards, memory: '320MiB' });
  await ceto.start();
  client = await connectNodeDriver(ceto);
  return client;
}
async function crash(): Promise<void> {
  await client?.shutdown();
  await ceto?.kill();
}
async function count(on: cassandra.Client, table: string): Promise<number> {
  return Number((await on.execute(`SELECT count(*) FROM ${table}`)).first()?.['count']);
}

afterAll(async () => {
  await client?.shutdown();
  await ceto?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('what log and files hold is there under every count, and what was truncated stays away', async () => {
  let on = await start(2);
  await createKeyspace(on, 'ks');
  for (const table of ['kept', 'emptied']) {
    await on.execute(`CREATE TABLE ks.${table} (k int PRIMARY KEY, v text)`);
    for (let k = 0; k < ROWS; k++) {
      await on.execute(`INSERT INTO ks.${table} (k, v) VALUES (?, ?)`, [k, `v${k}`], { prepare: true });
      // The first half is in files, the rest in the log alone.
      if (k === ROWS / 2 && ceto !== null) expect((await nodetool(ceto, 'flush', 'ks', table)).code).toBe(0);
    }
  }
  await crash();

  on = await start(3);
  expect(await count(on, 'ks.kept')).toBe(ROWS);
  await on.execute('TRUNCATE ks.emptied');
  await crash();
  on = await start(3);
  expect([await count(on, 'ks.kept'), await count(on, 'ks.emptied')]).toEqual([ROWS, 0]);
  await crash();
  on = await start(1);
  expect([await count(on, 'ks.kept'), await count(on, 'ks.emptied')]).toEqual([ROWS, 0]);
  if (ceto === null) throw new Error('not started');
  // Once the shards have rewritten their shares every set is one shard's, and its snapshot serves any count.
  expect((await nodetool(ceto, 'snapshot', '-t', 'after', '-cf', 'kept', 'ks')).code).toBe(0);
  await on.execute('TRUNCATE ks.kept');
  const table = readdirSync(join(directory, 'node/data/ks')).find((name) => name.startsWith('kept-')) ?? '';
  const snapshot = join(directory, 'node/data/ks', table, 'snapshots/after');
  expect((await nodetool(ceto, 'import', '-p', 'ks', 'kept', snapshot)).stderr).toBe('');
  expect(await count(on, 'ks.kept')).toBe(ROWS);
}, 300_000);
