/** The commit log is archived, the node dies and loses its data, and comes back as of a point in time. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, types } from 'cassandra-driver';
import { afterEach, expect, test } from 'vitest';
import { RunningCeto } from '../server/start-ceto.ts';

const ROWS = 600;
const VALUE = 'x'.repeat(4_000);

let ceto: RunningCeto | null = null;
afterEach(async () => {
  await ceto?.stop();
  ceto = null;
});

async function connected<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
  const node = ceto as RunningCeto;
  const client = new Client({
    contactPoints: [`${node.host}:${node.port}`],
    localDataCenter: 'datacenter1',
    queryOptions: { consistency: types.consistencies.one },
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.shutdown();
  }
}

const INSERT = 'INSERT INTO k.t (id, v) VALUES (?, ?) USING TIMESTAMP ?';

async function insert(client: Client, from: number, to: number, timestamp: (id: number) => number): Promise<void> {
  for (let first = from; first < to; first += 100) {
    const ids = Array.from({ length: Math.min(100, to - first) }, (_, i) => first + i);
    await Promise.all(
      ids.map((id) => client.execute(INSERT, [id, VALUE, types.Long.fromNumber(timestamp(id))], { prepare: true })),
    );
  }
}

/** Segments that are not archived yet, of all shards. */
async function pendingSegments(): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${ceto?.adminPort}/metrics`)).text();
  const numbers = [...metrics.matchAll(/^ceto_commitlog_archive_pending\{[^}]*\} (\d+)$/gm)];
  expect(numbers.length).toBeGreaterThan(0);
  return numbers.reduce((sum, [, count]) => sum + Number(count), 0);
}

test('archived segments bring back what was written up to a point in time', { timeout: 120_000 }, async () => {
  ceto = new RunningCeto({
    settings: { commitlog_segment_size: '256KiB', commitlog_total_space: '8MiB' },
  });
  const archive = join(ceto.directory, 'archive');
  mkdirSync(archive);
  const properties = join(ceto.directory, 'commitlog_archiving.properties');
  writeFileSync(properties, `archive_command=/bin/cp %path ${archive}/%name\n`);
  await ceto.start();
  const start = Date.UTC(2026, 0, 1, 12) * 1_000;
  const timestamp = (id: number) => start + id * 1_000_000;
  await connected(async (client) => {
    await client.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    await client.execute('CREATE TABLE k.t (id int PRIMARY KEY, v text)');
    await insert(client, 0, ROWS, timestamp);
    // What the segments in use hold is not archived yet: more writes push it out.
    await insert(client, ROWS, 2 * ROWS, timestamp);
  });
  await expect.poll(() => readdirSync(archive).length, { timeout: 20_000 }).toBeGreaterThan(10);
  await ceto.kill();

  const data = join(ceto.directory, 'node');
  rmSync(join(data, 'data'), { recursive: true });
  rmSync(join(data, 'commitlog'), { recursive: true });
  writeFileSync(
    properties,
    `restore_command=/bin/cp -f %from %to\nrestore_directories=${archive}\nrestore_point_in_time=2026:01:01 12:05:00\n`,
  );
  await ceto.start();
  const ids = await connected(async (client) => {
    const { rows } = await client.execute('SELECT id FROM k.t', [], { fetchSize: 5_000 });
    return rows.map((row) => Number(row['id'])).sort((left, right) => left - right);
  });
  // 12:05:00 is that of row 300.
  expect(ids).toEqual(Array.from({ length: 301 }, (_, id) => id));

  // The same settings do not restore again: what is written now stays.
  await connected((client) => insert(client, 900, 901, timestamp));
  await ceto.kill();
  await ceto.start();
  expect(ceto.output).toContain('nothing is restored');
  await connected(async (client) => {
    expect((await client.execute('SELECT id FROM k.t WHERE id = 900')).rowLength).toBe(1);
    expect((await client.execute('SELECT id FROM k.t WHERE id = 400')).rowLength).toBe(0);
  });
});

/** The names sort as their ids: all have as many digits. */
const firstSegment = (names: readonly string[]) => names.filter((name) => name.startsWith('segment-')).sort()[0] ?? '';

test('a segment whose archiving fails is kept and tried again', { timeout: 60_000 }, async () => {
  ceto = new RunningCeto({ shards: 1, settings: { commitlog_segment_size: '256KiB', commitlog_total_space: '1MiB' } });
  const archive = join(ceto.directory, 'archive');
  writeFileSync(
    join(ceto.directory, 'commitlog_archiving.properties'),
    `archive_command=/bin/cp %path ${archive}/%name\n`,
  );
  await ceto.start();
  await connected(async (client) => {
    await client.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    await client.execute('CREATE TABLE k.t (id int PRIMARY KEY, v text)');
    await insert(client, 0, ROWS, (id) => id + 1);
  });
  await expect.poll(() => ceto?.output ?? '', { timeout: 10_000 }).toContain('could not be archived');
  const segments = () => readdirSync(join((ceto as RunningCeto).directory, 'node/commitlog/shard-0'));
  const first = firstSegment(segments());
  mkdirSync(archive);
  await expect.poll(() => readdirSync(archive), { timeout: 20_000 }).toContain(`shard-0-${first}`);
  await expect.poll(segments, { timeout: 20_000 }).not.toContain(first);
});

test('an archive that was restored from goes on, and gives all back again', { timeout: 120_000 }, async () => {
  ceto = new RunningCeto({ shards: 2, settings: { commitlog_segment_size: '256KiB', commitlog_total_space: '8MiB' } });
  const { directory } = ceto;
  const archive = join(directory, 'archive');
  mkdirSync(archive);
  const archiving = `archive_command=/bin/cp %path ${archive}/%name\n`;
  const properties = join(directory, 'commitlog_archiving.properties');
  writeFileSync(properties, archiving);
  await ceto.start();
  await connected(async (client) => {
    await client.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    await client.execute('CREATE TABLE k.t (id int PRIMARY KEY, v text)');
  });
  const written = Array.from({ length: ROWS }, (_, id) => id);
  // A restart hands over what the segment in use holds.
  const writeAndArchive = async (first: number) => {
    const known = new Map(readdirSync(archive).map((name) => [name, readFileSync(join(archive, name))]));
    await connected((client) => insert(client, first, first + ROWS, (id) => id + 1));
    await ceto?.terminate();
    await ceto?.start();
    await expect.poll(pendingSegments, { timeout: 30_000 }).toBe(0);
    await ceto?.terminate();
    for (const [name, content] of known) expect(readFileSync(join(archive, name)).equals(content), name).toBe(true);
    expect(readdirSync(archive).length).toBeGreaterThan(known.size + 2);
  };
  const restore = async (comment: string) => {
    rmSync(join(directory, 'node/data'), { recursive: true });
    rmSync(join(directory, 'node/commitlog'), { recursive: true });
    writeFileSync(
      properties,
      `${archiving}restore_command=/bin/cp -f %from %to\nrestore_directories=${archive}\n# ${comment}\n`,
    );
    await ceto?.start();
    return connected(async (client) => {
      const { rows } = await client.execute('SELECT id FROM k.t', [], { fetchSize: 5_000 });
      return rows.map((row) => Number(row['id'])).sort((left, right) => left - right);
    });
  };
  await writeAndArchive(0);
  expect(await restore('once')).toEqual(written);
  await writeAndArchive(ROWS);
  expect(await restore('twice')).toEqual([...written, ...written.map((id) => id + ROWS)]);
});
