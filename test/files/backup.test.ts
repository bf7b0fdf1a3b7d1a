/** The whole way: write, back up, lose everything, restore into a node with another shard count, compare the rows. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUCKET, S3_ENVIRONMENT, type S3Server, startS3Server } from '../../storage/backup/testing/s3-server.ts';
import { connectNodeDriver, createKeyspace } from '../clients/node-driver/connect.ts';
import { runTool } from '../server/nodetool.ts';
import { RunningCeto } from '../server/start-ceto.ts';

const NODETOOL = join(import.meta.dirname, '../../bin/nodetool');
const ROWS = 300;
let directory: string;
let s3: S3Server;
let ceto: RunningCeto;
let client: cassandra.Client;

async function start(name: string, shards: number): Promise<void> {
  mkdirSync(join(directory, name), { recursive: true });
  ceto = new RunningCeto({ directory: join(directory, name), shards, memory: '320MiB' });
  await ceto.start();
  client = await connectNodeDriver(ceto);
}
async function stop(): Promise<void> {
  await client?.shutdown();
  await ceto?.stop();
}
async function put(from: number, to: number): Promise<void> {
  const insert = 'INSERT INTO ks.tb (k, c, v, m) VALUES (?, ?, ?, ?)';
  for (let k = from; k < to; k++) {
    await client.execute(insert, [k, k % 3, `value ${k}`, { [`key ${k}`]: k }], { prepare: true });
  }
}
/** All rows, in an order that no shard count changes. */
async function content(): Promise<string[]> {
  const rows = (await client.execute('SELECT k, c, v, m FROM ks.tb', [], { fetchSize: 0 })).rows;
  return rows.map((row) => JSON.stringify({ ...row })).sort();
}
function tool(...parameters: readonly string[]) {
  return runTool(NODETOOL, ['-p', String(ceto.adminPort), ...parameters], S3_ENVIRONMENT);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ceto-backup-'));
  mkdirSync(join(directory, 's3'));
  s3 = await startS3Server(join(directory, 's3'));
  await start('first', 2);
  await createKeyspace(client, 'ks');
  await client.execute(
    "CREATE TABLE ks.tb (k int, c int, v text, m map<text, int>, PRIMARY KEY (k, c)) WITH comment = 'kept'",
  );
  await client.execute('CREATE TABLE ks.empty (k int PRIMARY KEY)');
  await put(0, ROWS / 2);
});

afterAll(async () => {
  await stop();
  await s3?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe.each(['directory', 'S3'])('a backup to %s', (kind) => {
  const place = () => (kind === 'S3' ? [`s3://${BUCKET}/ceto`, '--endpoint', s3.endpoint] : [join(directory, 'store')]);

  test('is made while the node serves, the second one of what is new, and restored under another shard count', async () => {
    if (!ceto.running) await start('first', 2);
    const before = await content();
    const first = await tool('backup', ...place(), '-n', 'one');
    expect(first.stderr).toBe('');
    expect(first.stdout).toMatch(/^Backup one: 2 tables, \d+ files, .*; sent [1-9]\d* files, /);
    await put(ROWS / 2, ROWS);
    await client.execute('DELETE FROM ks.tb WHERE k = 5');
    const second = await tool('backup', ...place(), '-n', 'two', 'ks');
    expect(second.code).toBe(0);
    const sent = (text: string) => Number(/sent (\d+) files/.exec(text)?.[1]);
    const files = (text: string) => Number(/, (\d+) files, /.exec(text)?.[1]);
    expect(sent(second.stdout)).toBeLessThan(files(second.stdout));
    expect((await tool('listsnapshots')).stdout).toContain('There are no snapshots');
    expect((await tool('listbackups', ...place())).stdout).toMatch(/\none +\S+Z +2 .*\ntwo +\S+Z +2 /);
    const expected = await content();
    expect(expected.length).toBe(ROWS - 1);
    await stop();

    await start(`restored-${kind}`, 3);
    const restored = await tool('restore', ...place());
    expect(restored).toEqual({
      code: 0,
      stdout: 'Restored ks.empty, which was created\nRestored ks.tb, which was created\n',
      stderr: '',
    });
    expect(await content()).toEqual(expected);
    const table = await client.execute(
      "SELECT comment FROM system_schema.tables WHERE keyspace_name = 'ks' AND table_name = 'tb'",
    );
    expect(table.first()?.['comment']).toBe('kept');
    // The shards rewrite their shares; a crash meanwhile loses nothing.
    await client.shutdown();
    await ceto.kill();
    await start(`restored-${kind}`, 3);
    expect(await content()).toEqual(expected);
    await client.execute('DROP TABLE ks.tb');
    expect((await tool('clearsnapshot', '--all')).code).toBe(0);
    expect((await tool('restore', ...place(), '-n', 'one', '--tables', 'ks.tb')).stdout).toContain('Restored ks.tb');
    expect(await content()).toEqual(before);
    await stop();
  }, 120_000);
});

test('what cannot be done is said', async () => {
  if (!ceto.running) await start('first', 2);
  expect(await tool('restore', join(directory, 'nothing'))).toMatchObject({ code: 1 });
  expect((await tool('backup', join(directory, 'store'), 'nope')).stderr).toContain('Keyspace nope does not exist');
  expect((await tool('backup', 'ftp://somewhere')).stderr).toContain('is neither a directory nor s3://bucket/prefix');
  const missing = await tool('backup', 's3://no-such-bucket', '--endpoint', s3.endpoint);
  expect([missing.code, missing.stderr.split(':').slice(0, 2)]).toEqual([2, ['error', ' NoSuchBucket']]);
});
