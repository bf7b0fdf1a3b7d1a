/** Snapshots and incremental backups of a running node, by nodetool, as an operator takes them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectNodeDriver, createKeyspace } from '../clients/node-driver/connect.ts';
import { nodetool } from '../server/nodetool.ts';
import { type RunningCeto, startCeto } from '../server/start-ceto.ts';

const ROWS = 50;
let ceto: RunningCeto;
let client: cassandra.Client;

const dataDirectory = () => join(ceto.directory, 'node/data');
function tableDirectory(keyspace: string, table: string): string {
  const found = readdirSync(join(dataDirectory(), keyspace)).find((name) => name.startsWith(`${table}-`));
  if (found === undefined) throw new Error(`no directory of ${keyspace}.${table}`);
  return join(dataDirectory(), keyspace, found);
}
async function fill(table: string): Promise<void> {
  for (let k = 0; k < ROWS; k++) {
    await client.execute(`INSERT INTO ${table} (k, v) VALUES (?, ?)`, [k, `v${k}`], { prepare: true });
  }
}

beforeAll(async () => {
  ceto = await startCeto();
  client = await connectNodeDriver(ceto);
  await createKeyspace(client, 'ks');
  await client.execute('CREATE TYPE ks.addr (street text, no int)');
  await client.execute('CREATE TABLE ks.tb (k int PRIMARY KEY, v text, a frozen<addr>, gone text)');
  await client.execute('ALTER TABLE ks.tb DROP gone');
  await client.execute('CREATE TABLE ks.other (k int PRIMARY KEY, v text)');
  await fill('ks.tb');
});

afterAll(async () => {
  await client?.shutdown();
  await ceto?.stop();
});

describe('snapshots', () => {
  test('a snapshot has the sets of all shards, a manifest and the schema', async () => {
    const taken = await nodetool(ceto, 'snapshot', '-t', 'one', 'ks');
    expect(taken).toEqual({
      code: 0,
      stdout:
        'Requested creating snapshot(s) for [ks] with snapshot name [one] and options {skipFlush=false}\n' +
        'Snapshot directory: one\n',
      stderr: '',
    });
    const directory = join(tableDirectory('ks', 'tb'), 'snapshots/one');
    const names = readdirSync(directory);
    const data = names.filter((name) => name.endsWith('-Data.db'));
    expect(data).toHaveLength(2);
    expect(names.filter((name) => /-Shard-[01]-of-2\.txt$/.test(name))).toHaveLength(2);
    const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
    expect(manifest).toEqual({ files: data, created_at: expect.any(String), expires_at: null, ephemeral: false });
    const schema = readFileSync(join(directory, 'schema.cql'), 'utf8');
    expect(schema).toContain('CREATE TYPE IF NOT EXISTS ks.addr (\n    street text,\n    no int\n);');
    expect(schema).toContain('CREATE TABLE IF NOT EXISTS ks.tb (');
    expect(schema).toMatch(/\) WITH ID = [0-9a-f-]{36}\n/);
    expect(schema).toMatch(/\nALTER TABLE ks\.tb DROP gone USING TIMESTAMP \d{16};$/);
  });

  test('wrong requests are refused in the words of Cassandra', async () => {
    const cases: readonly (readonly [string[], number, string])[] = [
      [['-t', 'one', 'ks'], 2, 'error: Snapshot one already exists.'],
      [['-t', 'bad', 'nope'], 1, 'nodetool: Keyspace nope does not exist'],
      [['-t', 'bad', '-cf', 'nope', 'ks'], 1, 'nodetool: Unknown keyspace/cf pair (ks.nope)'],
      [['-t', 'bad', '-kt', 'ks.nope'], 1, 'nodetool: Unknown keyspace/cf pair (ks.nope)'],
      [['-t', 'a/b', 'ks'], 2, 'error: Snapshot name cannot contain /'],
      [['-t', 'bad', '--ttl', '5s', 'ks'], 1, 'nodetool: ttl for snapshot must be at least 60 seconds'],
    ];
    for (const [parameters, code, message] of cases) {
      const ended = await nodetool(ceto, 'snapshot', ...parameters);
      expect([parameters, ended.code, ended.stderr.split('\n')[0]]).toEqual([parameters, code, message]);
    }
  });

  test('listsnapshots shows sizes, and clearsnapshot removes by name', async () => {
    expect((await nodetool(ceto, 'snapshot', '-t', 'short', '-cf', 'tb', '--ttl', '1h', 'ks')).code).toBe(0);
    const { stdout } = await nodetool(ceto, 'listsnapshots');
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('Snapshot Details: ');
    expect(lines[1]).toMatch(
      /^Snapshot name Keyspace name Column family name True size +Size on disk +Creation time +Exp/,
    );
    expect(lines.some((line) => /^one +ks +tb +[\d.]+ KiB +[\d.]+ KiB +\S+Z +$/.test(line))).toBe(true);
    expect(lines.some((line) => /^short +ks +tb +\S+ KiB +\S+ KiB +\S+Z +\S+Z$/.test(line))).toBe(true);
    expect(lines.some((line) => line.startsWith('Total TrueDiskSpaceUsed: '))).toBe(true);
    expect((await nodetool(ceto, 'listsnapshots', '-nt')).stdout).not.toContain('short');
    expect((await nodetool(ceto, 'clearsnapshot', '-t', 'short')).stdout).toBe(
      'Requested clearing snapshot(s) for [all keyspaces] with snapshot name [short]\n',
    );
    expect((await nodetool(ceto, 'listsnapshots')).stdout).not.toContain('short');
    expect((await nodetool(ceto, 'clearsnapshot')).stderr).toContain('nodetool: Specify snapshot name or --all\n');
  });

  test('TRUNCATE and DROP leave a snapshot of what was there, and none of an empty table', async () => {
    const directory = tableDirectory('ks', 'tb');
    await client.execute('TRUNCATE ks.tb');
    await client.execute('DROP TABLE ks.other');
    await client.execute('DROP TABLE ks.tb');
    const tags = readdirSync(join(directory, 'snapshots'));
    expect(tags.filter((tag) => /^truncated-\d{13}-tb$/.test(tag))).toHaveLength(1);
    expect(tags.filter((tag) => tag.startsWith('dropped-'))).toHaveLength(0);
    expect((await nodetool(ceto, 'listsnapshots')).stdout).toMatch(/truncated-\d+-tb +ks +tb /);
    await nodetool(ceto, 'clearsnapshot', '--all');
    expect((await nodetool(ceto, 'listsnapshots')).stdout).toBe('Snapshot Details: \nThere are no snapshots\n');
    expect(existsSync(join(directory, 'snapshots'))).toBe(false);
  });
});

test('incremental backups link what flushes write while they are on', async () => {
  await client.execute('CREATE TABLE ks.inc (k int PRIMARY KEY, v text)');
  await client.execute('CREATE TABLE ks.out (k int PRIMARY KEY, v text) WITH incremental_backups = false');
  expect((await nodetool(ceto, 'statusbackup')).stdout).toBe('not running\n');
  expect((await nodetool(ceto, 'enablebackup')).code).toBe(0);
  expect((await nodetool(ceto, 'statusbackup')).stdout).toBe('running\n');
  await fill('ks.inc');
  await fill('ks.out');
  expect((await nodetool(ceto, 'flush', 'ks')).code).toBe(0);
  expect((await nodetool(ceto, 'disablebackup')).code).toBe(0);
  const names = readdirSync(join(tableDirectory('ks', 'inc'), 'backups'));
  expect(names.filter((name) => name.endsWith('-Data.db'))).toHaveLength(2);
  expect(existsSync(join(tableDirectory('ks', 'out'), 'backups'))).toBe(false);
});
