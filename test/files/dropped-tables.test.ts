/** A crash may bring back files that DROP removed: the next start removes them, and nothing else. */
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNodeDriver, createKeyspace } from '../clients/node-driver/connect.ts';
import { nodetool } from '../server/nodetool.ts';
import { type RunningCeto, startCeto } from '../server/start-ceto.ts';

let ceto: RunningCeto;
let client: cassandra.Client;

beforeAll(async () => {
  ceto = await startCeto({ settings: { auto_snapshot: false } });
  client = await connectNodeDriver(ceto);
  await createKeyspace(client, 'ks');
});

afterAll(async () => {
  await client?.shutdown();
  await ceto?.stop();
});

/** A table with one SSTable on disk; its directory. */
async function tableOnDisk(table: string, options = ''): Promise<string> {
  await client.execute(`CREATE TABLE ks.${table} (k int PRIMARY KEY, v text)${options}`);
  await client.execute(`INSERT INTO ks.${table} (k, v) VALUES (1, 'one')`);
  await nodetool(ceto, 'flush', 'ks', table);
  const keyspace = join(ceto.directory, 'node/data/ks');
  const name = readdirSync(keyspace).find((each) => each.startsWith(`${table}-`));
  if (name === undefined) throw new Error(`no directory of ${table}`);
  return join(keyspace, name);
}

async function killAndStart(beforeStart: () => void): Promise<void> {
  await client.shutdown();
  await ceto.kill();
  beforeStart();
  await ceto.start();
  client = await connectNodeDriver(ceto);
}

test('a table made anew with the id of a dropped one has nothing of it, also after a crash', async () => {
  const id = '0d6e8a00-9104-1116-b205-699de477964d';
  const create = `CREATE TABLE ks.revived (k int PRIMARY KEY, v text) WITH id = ${id}`;
  await client.execute(create);
  await client.execute("INSERT INTO ks.revived (k, v) VALUES (1, 'before, on disk')");
  await nodetool(ceto, 'flush', 'ks', 'revived');
  await client.execute("INSERT INTO ks.revived (k, v) VALUES (2, 'before, in the log')");
  await client.execute('DROP TABLE ks.revived');
  await client.execute(create);
  await client.execute("INSERT INTO ks.revived (k, v) VALUES (3, 'after')");
  for (const _ of [1, 2]) {
    const { rows } = await client.execute('SELECT v FROM ks.revived');
    expect(rows.map((row) => row['v'])).toEqual(['after']);
    await killAndStart(() => {});
  }
});

test('files of a dropped table that are there again are removed, a table made anew with its id is kept', async () => {
  const id = 'a2fce800-9103-1116-b205-699de477964d';
  const dropped = await tableOnDisk('dropped');
  const again = await tableOnDisk('again', ` WITH id = ${id}`);
  const copy = join(ceto.directory, 'copy');
  cpSync(dropped, copy, { recursive: true });
  await client.execute('DROP TABLE ks.dropped');
  await client.execute('DROP TABLE ks.again');
  expect(await tableOnDisk('again', ` WITH id = ${id}`)).toBe(again);
  await killAndStart(() => {
    mkdirSync(dropped, { recursive: true });
    cpSync(copy, dropped, { recursive: true });
  });
  expect(existsSync(dropped)).toBe(false);
  expect((await client.execute('SELECT v FROM ks.again WHERE k = 1')).first()['v']).toBe('one');

  // Once that is done the tables are forgotten: what an operator puts there later is not ours to remove.
  await killAndStart(() => cpSync(copy, dropped, { recursive: true }));
  expect(existsSync(dropped)).toBe(true);
});
