/** Files that come from elsewhere into a running node: a Cassandra's snapshots, refresh, import, sstableloader. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addedLine } from '../../storage/files/transaction-log.ts';
import { connectNodeDriver, createKeyspace } from '../clients/node-driver/connect.ts';
import { nodetool, runTool } from '../server/nodetool.ts';
import { RunningCeto } from '../server/start-ceto.ts';

const CASSANDRA = join(import.meta.dirname, 'testdata/cassandra-snapshot');
const OLD_FILES = join(import.meta.dirname, '../../addon/lsm/sstable/testdata/old/mc');
const LOADER = join(import.meta.dirname, '../../bin/sstableloader');
const ROWS = 200;
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
async function rows(query: string): Promise<unknown[]> {
  const found = (await client.execute(query)).rows.map((row) => ({ ...row }));
  return JSON.parse(JSON.stringify(found)) as unknown[];
}
function tableDirectory(keyspace: string, table: string): string {
  const parent = join(directory, 'node/data', keyspace);
  const found = readdirSync(parent).find((name) => name.startsWith(`${table}-`));
  if (found === undefined) throw new Error(`no directory of ${keyspace}.${table}`);
  return join(parent, found);
}
/** A copy that an import may take away or that a test may damage. */
function copyOf(source: string, name: string): string {
  const copy = join(directory, 'copies', name);
  cpSync(source, copy, { recursive: true });
  return copy;
}
/** What a crash leaves of an import: sets that are complete, and the log that names them still. */
function leaveHalfImport(target: string): void {
  const prefix = 'nb-1025000-big-';
  for (const name of readdirSync(join(CASSANDRA, 'cnt')).filter((each) => each.startsWith('nb-1-big-'))) {
    cpSync(join(CASSANDRA, 'cnt', name), join(target, prefix + name.slice('nb-1-big-'.length)));
  }
  writeFileSync(
    join(target, 'nb_txn_import_11111111-2222-4333-8444-555555555555.log'),
    addedLine(join(target, prefix)),
  );
}
async function count(table: string): Promise<number> {
  return Number((await client.execute(`SELECT count(*) FROM ${table}`)).first()?.['count']);
}

const CASSANDRA_ROWS = [
  { k: 1, c: 2, v: 'x', a: { street: 's', no: 3 }, s: 'st' },
  { k: 2, c: 3, v: 'y', a: null, s: null },
];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ceto-import-'));
  mkdirSync(join(directory, 'copies'));
  await start(2);
});

afterAll(async () => {
  await client?.shutdown();
  await ceto?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('the snapshots of a Cassandra are loaded with their schema, the ids of the tables included', async () => {
  const loaded = await nodetool(ceto, 'loadsnapshot', join(CASSANDRA, 'tb'), join(CASSANDRA, 'cnt'));
  expect(loaded).toEqual({
    code: 0,
    stdout: 'Loaded ks.tb, which was created\nLoaded ks.cnt, which was created\n',
    stderr: '',
  });
  expect(await rows('SELECT k, c, v, a, s FROM ks.tb')).toEqual(CASSANDRA_ROWS);
  expect(await rows('SELECT k, n FROM ks.cnt')).toEqual([{ k: 1, n: '3' }]);
  const found = await client.execute(
    "SELECT id FROM system_schema.tables WHERE keyspace_name = 'ks' AND table_name = 'tb'",
  );
  expect(String(found.first()?.['id'])).toBe('05975940-e901-11f1-9940-49a1398cad93');
  expect(readdirSync(join(CASSANDRA, 'tb')).length).toBe(9);
});

test('a table that was dropped and loaded again holds what the snapshot holds, after a restart too', async () => {
  await client.execute("INSERT INTO ks.tb (k, c, v) VALUES (9, 9, 'not in the snapshot')");
  await client.execute('DROP TABLE ks.tb');
  expect((await nodetool(ceto, 'loadsnapshot', join(CASSANDRA, 'tb'))).code).toBe(0);
  expect(await rows('SELECT k, c, v, a, s FROM ks.tb')).toEqual(CASSANDRA_ROWS);
  await client.shutdown();
  await ceto.kill();
  await start(2);
  expect(await rows('SELECT k, c, v, a, s FROM ks.tb')).toEqual(CASSANDRA_ROWS);
});

describe('import and refresh', () => {
  beforeAll(async () => {
    await createKeyspace(client, 'own');
    await client.execute('CREATE TABLE own.t (k int PRIMARY KEY, v text)');
    for (let k = 0; k < ROWS; k++) {
      await client.execute('INSERT INTO own.t (k, v) VALUES (?, ?)', [k, `v${k}`], { prepare: true });
    }
    expect((await nodetool(ceto, 'snapshot', '-t', 'kept', 'own')).code).toBe(0);
  });

  test('what does not fit or does not check stays outside', async () => {
    const counters = copyOf(join(CASSANDRA, 'cnt'), 'cnt');
    const refused = await nodetool(ceto, 'import', 'own', 't', counters);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Some directories failed to import, check server logs for details:\n');
    expect(refused.stderr).toContain('Unknown column n during deserialization');

    const damaged = copyOf(join(tableDirectory('own', 't'), 'snapshots/kept'), 'damaged');
    const name = readdirSync(damaged).find((each) => each.endsWith('-Data.db')) ?? '';
    const bytes = readFileSync(join(damaged, name));
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    writeFileSync(join(damaged, name), bytes);
    await client.execute('TRUNCATE own.t');
    expect((await nodetool(ceto, 'import', 'own', 't', damaged)).stderr).toContain('does not match its Digest.crc32');
    // Unverified, the shard that reads all rows finds it.
    expect((await nodetool(ceto, 'import', '-v', '-e', 'own', 't', damaged)).code).toBe(1);
    expect(await count('own.t')).toBe(0);
    expect(readdirSync(tableDirectory('own', 't')).filter((each) => each.startsWith('nb'))).toEqual([]);

    expect(await nodetool(ceto, 'import', 'own', 't', '/nonexistent')).toMatchObject({
      code: 2,
      stderr: 'error: Directory /nonexistent does not exist\n',
    });
    expect((await nodetool(ceto, 'import', 'own', 'nope', '/tmp')).stderr).toContain(
      'ColumnFamilyStore for own/nope not found.',
    );
    expect((await nodetool(ceto, 'import')).stderr).toContain('import requires keyspace, table name and directories');
  });

  test('files of Cassandra 3.0 are taken in and keep their version', async () => {
    await client.execute(
      'CREATE TABLE own.old (pk text, ck1 int, ck2 text, s text static, v text, m map<text, int>, l frozen<list<int>>, ' +
        'st set<text>, PRIMARY KEY (pk, ck1, ck2)) WITH CLUSTERING ORDER BY (ck1 DESC, ck2 ASC)',
    );
    const source = join(directory, 'copies/mc');
    for (const name of readdirSync(OLD_FILES).filter((each) => each.startsWith('mc-3-big-'))) {
      cpSync(join(OLD_FILES, name), join(source, name));
    }
    expect((await nodetool(ceto, 'import', '-e', 'own', 'old', source)).stderr).toBe('');
    expect(await count('own.old')).toBe(400);
  });

  test('a snapshot of the node itself comes back, moved or copied, and stays over restarts with other shards', async () => {
    const kept = join(tableDirectory('own', 't'), 'snapshots/kept');
    const copied = copyOf(kept, 'copied');
    expect(await nodetool(ceto, 'import', '-p', '-e', 'own', 't', copied)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await count('own.t')).toBe(ROWS);
    expect(readdirSync(copied).some((name) => name.endsWith('-Data.db'))).toBe(true);
    await client.execute('TRUNCATE own.t');
    expect(await count('own.t')).toBe(0);
    expect((await nodetool(ceto, 'import', 'own', 't', copied)).code).toBe(0);
    expect(await count('own.t')).toBe(ROWS);
    expect(readdirSync(copied).sort()).toEqual(['manifest.json', 'schema.cql']);
    for (const shards of [3, 2]) {
      await stop();
      leaveHalfImport(tableDirectory('own', 't'));
      await start(shards);
      expect(readdirSync(tableDirectory('own', 't')).filter((name) => /1025000|nb_txn/.test(name))).toEqual([]);
      expect(await count('own.t')).toBe(ROWS);
      const some = await client.execute('SELECT v FROM own.t WHERE k = 7');
      expect(some.first()?.['v']).toBe('v7');
    }
  }, 120_000);

  test('refresh takes in what lies in the table’s directory, once', async () => {
    await client.execute('CREATE TABLE ks.cnt2 (k int PRIMARY KEY, n counter)');
    expect((await nodetool(ceto, 'flush', 'ks')).code).toBe(0);
    await client.execute('UPDATE ks.cnt2 SET n = n + 1 WHERE k = 5');
    expect((await nodetool(ceto, 'flush', 'ks')).code).toBe(0);
    const target = tableDirectory('ks', 'cnt2');
    cpSync(join(CASSANDRA, 'cnt'), target, { recursive: true });
    const refreshed = await nodetool(ceto, 'refresh', 'ks', 'cnt2');
    expect(refreshed).toMatchObject({
      code: 0,
      stdout: 'nodetool refresh is deprecated, use nodetool import instead\n',
    });
    expect(await rows('SELECT k, n FROM ks.cnt2')).toEqual([
      { k: 5, n: '1' },
      { k: 1, n: '3' },
    ]);
    expect(readdirSync(target).filter((name) => name.startsWith('nb-1-'))).toEqual([]);
    expect((await nodetool(ceto, 'refresh', 'ks', 'cnt2')).code).toBe(0);
    expect(await rows('SELECT n FROM ks.cnt2 WHERE k = 1')).toEqual([{ n: '3' }]);
  });
});

test('sstableloader sends a directory to the node, which goes on serving', async () => {
  await createKeyspace(client, 'bulk');
  await client.execute('CREATE TABLE bulk.t (k int PRIMARY KEY, v text)');
  const source = join(tableDirectory('own', 't'), 'snapshots/kept');
  const parameters = ['-d', '127.0.0.1', '-p', String(ceto.adminPort), '--no-progress'];
  const sent = await runTool(LOADER, [...parameters, '-k', 'bulk', source]);
  expect(sent.stderr).toBe('');
  expect(sent.stdout).toMatch(/Summary statistics: \n {3}Total files transferred : \d+\n/);
  expect(sent.code).toBe(0);
  expect(await count('bulk.t')).toBe(ROWS);
  const refused = await runTool(LOADER, [...parameters, '-k', 'bulk', '--target-table', 'nope', source]);
  expect(refused).toMatchObject({ code: 1, stderr: 'sstableloader: Unknown keyspace/cf pair (bulk.nope)\n' });
  expect(readdirSync(join(directory, 'node/uploads'))).toEqual([]);
});
