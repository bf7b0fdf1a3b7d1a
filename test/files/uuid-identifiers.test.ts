/** SSTables that a Cassandra with uuid_sstable_identifiers_enabled named: loaded, imported, sent, read at the start. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addedLine } from '../../storage/files/transaction-log.ts';
import { connectNodeDriver, createKeyspace } from '../clients/node-driver/connect.ts';
import { nodetool, runTool } from '../server/nodetool.ts';
import { RunningCeto } from '../server/start-ceto.ts';

const SNAPSHOT = join(import.meta.dirname, 'testdata/cassandra-uuid');
const LOADER = join(import.meta.dirname, '../../bin/sstableloader');
const COLUMNS = 'k int, c int, v text, s text static, PRIMARY KEY (k, c)';
/** What Cassandra answered: eight partitions of two rows, of which one was deleted. */
const ROWS = [1, 2, 3, 4, 5, 6, 7, 8]
  .flatMap((k) => [1, 2].map((c) => ({ k, c, v: `v${k}.${c}`, s: 's2' })))
  .filter(({ k, c }) => k !== 3 || c !== 1);
let directory: string;
let ceto: RunningCeto;
let client: cassandra.Client;

async function start(shards: number): Promise<void> {
  ceto = new RunningCeto({ directory, shards, memory: '320MiB' });
  await ceto.start();
  client = await connectNodeDriver(ceto);
}
async function stop(): Promise<void> {
  await client.shutdown();
  expect(await ceto.terminate()).toBe(0);
}
async function rows(table: string): Promise<typeof ROWS> {
  const found: unknown = (await client.execute(`SELECT k, c, v, s FROM ${table}`)).rows.map((row) => ({ ...row }));
  return (found as typeof ROWS).sort((one, other) => one.k - other.k || one.c - other.c);
}
function tableDirectory(table: string): string {
  const parent = join(directory, 'node/data/own');
  const found = readdirSync(parent).find((name) => name.startsWith(`${table}-`));
  if (found === undefined) throw new Error(`no directory of own.${table}`);
  return join(parent, found);
}
const uuidFiles = (path: string): string[] => readdirSync(path).filter((name) => /^nb-\w{4}_\w{4}_/.test(name));
async function createTable(table: string): Promise<string> {
  await client.execute(`CREATE TABLE own.${table} (${COLUMNS})`);
  // The directory comes with the first file.
  await client.execute(`INSERT INTO own.${table} (k, c, v, s) VALUES (1, 1, 'old', 'old') USING TIMESTAMP 1`);
  expect((await nodetool(ceto, 'flush', 'own', table)).code).toBe(0);
  return tableDirectory(table);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ceto-uuid-'));
  await start(2);
  await createKeyspace(client, 'own');
});

afterAll(async () => {
  await client?.shutdown();
  await ceto?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('a snapshot is loaded with its schema', async () => {
  expect(await nodetool(ceto, 'loadsnapshot', SNAPSHOT)).toEqual({
    code: 0,
    stdout: 'Loaded named.t, which was created\n',
    stderr: '',
  });
  expect(await rows('named.t')).toEqual(ROWS);
});

test('import takes them in under numbers', async () => {
  const table = await createTable('imported');
  const copy = join(directory, 'copy');
  cpSync(SNAPSHOT, copy, { recursive: true });
  expect(await nodetool(ceto, 'import', '-e', 'own', 'imported', copy)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await rows('own.imported')).toEqual(ROWS);
  expect(uuidFiles(table)).toEqual([]);
  expect(uuidFiles(copy)).toEqual([]);
});

test('refresh takes them in under numbers', async () => {
  const table = await createTable('refreshed');
  cpSync(SNAPSHOT, table, { recursive: true });
  expect((await nodetool(ceto, 'refresh', 'own', 'refreshed')).code).toBe(0);
  expect(await rows('own.refreshed')).toEqual(ROWS);
  expect(uuidFiles(table)).toEqual([]);
});

test('sstableloader sends them', async () => {
  await createTable('sent');
  const sent = await runTool(LOADER, [
    ...['-d', '127.0.0.1', '-p', String(ceto.adminPort), '--no-progress'],
    ...['-k', 'own', '--target-table', 'sent', SNAPSHOT],
  ]);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  expect(await rows('own.sent')).toEqual(ROWS);
});

test('a start reads those that lie in a table’s directory, and writes them anew', async () => {
  const table = await createTable('found');
  await stop();
  cpSync(SNAPSHOT, table, { recursive: true });
  for (const shards of [3, 1]) {
    await start(shards);
    // What is in use is not taken in once more.
    expect((await nodetool(ceto, 'refresh', 'own', 'found')).code).toBe(0);
    expect((await nodetool(ceto, 'snapshot', '-t', `of${shards}`, 'own')).code).toBe(0);
    expect(await rows('own.found')).toEqual(ROWS);
    await stop();
  }
  await start(2);
  await expect.poll(() => uuidFiles(table), { timeout: 20_000 }).toEqual([]);
  expect(await rows('own.found')).toEqual(ROWS);
  // A snapshot of a moment when they were in use keeps them.
  for (const tag of ['of3', 'of1']) {
    await client.execute('TRUNCATE own.found');
    const copy = join(directory, tag);
    cpSync(join(table, 'snapshots', tag), copy, { recursive: true });
    expect(await nodetool(ceto, 'import', 'own', 'found', copy)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await rows('own.found')).toEqual(ROWS);
  }
}, 120_000);

test('a start follows the transaction log of an unfinished compaction of Cassandra’s', async () => {
  const table = await createTable('halfway');
  await stop();
  const made = uuidFiles(SNAPSHOT).map((name) => name.slice(0, name.lastIndexOf('-') + 1));
  cpSync(SNAPSHOT, table, { recursive: true });
  writeFileSync(
    join(table, 'nb_txn_compaction_a39ddd40-e955-11f1-9b13-7fb57609a35c.log'),
    [...new Set(made)].map((prefix) => addedLine(join('/var/lib/cassandra/data/own/t', prefix))).join(''),
  );
  await start(2);
  expect(await rows('own.halfway')).toEqual([{ k: 1, c: 1, v: 'old', s: 'old' }]);
  expect(readdirSync(table).filter((name) => /^nb_txn|_/.test(name))).toEqual([]);
}, 60_000);

test('other formats are refused by name', async () => {
  await createTable('other');
  const copy = join(directory, 'other');
  mkdirSync(copy);
  for (const name of uuidFiles(SNAPSHOT)) cpSync(join(SNAPSHOT, name), join(copy, name.replace('nb-', 'oa-')));
  const refused = await nodetool(ceto, 'import', 'own', 'other', copy);
  expect(refused.stderr).toContain('SSTable version oa-big is not supported');
});
