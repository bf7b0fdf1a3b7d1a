/** A data directory on a small file system of its own: what clients see while it is full, and after. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, types } from 'cassandra-driver';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodetool } from '../server/nodetool.ts';
import { RunningCeto } from '../server/start-ceto.ts';
import { canMount, OwnDisk } from './own-disk.ts';

const MEGABYTES = 96;
const VALUE = 'x'.repeat(8_000);
const WRITE_FAILURE = 0x1500;

let disk: OwnDisk;
let ceto: RunningCeto | null = null;

beforeEach(() => {
  if (canMount) disk = new OwnDisk(MEGABYTES);
});

afterEach(async () => {
  await ceto?.stop();
  ceto = null;
  if (canMount) disk.remove();
});

async function start(settings: Record<string, unknown>): Promise<Client> {
  ceto = new RunningCeto({
    directory: disk.directory,
    shards: 1,
    settings: { commitlog_segment_size: '4MiB', commitlog_total_space: '16MiB', ...settings },
  });
  await ceto.start();
  const client = new Client({
    contactPoints: [`${ceto.host}:${ceto.port}`],
    localDataCenter: 'datacenter1',
    queryOptions: { consistency: types.consistencies.one, prepare: true },
  });
  await client.connect();
  await client.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
  await client.execute("CREATE TABLE k.t (id int PRIMARY KEY, v text) WITH compression = {'enabled': 'false'}");
  return client;
}

/** Until a write is refused; gives the rows that were acknowledged and the refusal. */
async function fill(client: Client): Promise<{ written: number; refusal: { code?: number; message: string } }> {
  for (let id = 0; ; id += 50) {
    const ids = Array.from({ length: 50 }, (_, i) => id + i);
    const writes = ids.map((each) => client.execute('INSERT INTO k.t (id, v) VALUES (?, ?)', [each, VALUE]));
    const ended = await Promise.allSettled(writes);
    const failed = ended.find((each) => each.status === 'rejected');
    if (failed !== undefined) return { written: id, refusal: failed.reason };
    if (id > 100_000) throw new Error('the disk does not get full');
  }
}

test.skipIf(!canMount)(
  'a full disk refuses writes with WRITE_FAILURE, serves reads, and takes writes again when there is room',
  { timeout: 120_000 },
  async () => {
    // Room that the test takes and gives back.
    const ballast = join(disk.root, 'ballast');
    const client = await start({});
    writeFileSync(ballast, Buffer.alloc(40 << 20));
    const { written, refusal } = await fill(client);
    expect(refusal.code).toBe(WRITE_FAILURE);
    // The driver has words of its own for it.
    expect(refusal.message).toContain('1 failed');
    // A client may have the answer before the main thread has logged why.
    await expect.poll(() => ceto?.output ?? '', { timeout: 10_000 }).toContain('writes are refused');
    expect(ceto?.output).toContain('No space left on device');
    expect(written).toBeGreaterThan(0);
    const read = await client.execute('SELECT v FROM k.t WHERE id = ?', [0]);
    expect(read.first()['v']).toBe(VALUE);
    const metrics = await (await fetch(`http://127.0.0.1:${ceto?.adminPort}/metrics`)).text();
    expect(metrics).toContain('ceto_read_only{shard="0"} 1');

    rmSync(ballast);
    await expect
      .poll(() => ceto?.output ?? '', { timeout: 30_000, interval: 200 })
      .toContain('the disk works again: writes are taken');
    await client.execute('INSERT INTO k.t (id, v) VALUES (?, ?)', [-1, VALUE]);
    await client.shutdown();
    await ceto?.kill();
    await ceto?.start();
    const again = new Client({ contactPoints: [`127.0.0.1:${ceto?.port}`], localDataCenter: 'datacenter1' });
    await again.connect();
    const count = await again.execute('SELECT count(*) FROM k.t');
    expect(Number(count.first()['count'])).toBeGreaterThanOrEqual(written + 1);
    await again.shutdown();
  },
);

test.skipIf(!canMount)(
  'commit_failure_policy die ends the process when the disk is full',
  { timeout: 120_000 },
  async () => {
    const client = await start({ commit_failure_policy: 'die' });
    await fill(client).catch(() => {});
    await expect.poll(() => ceto?.running, { timeout: 20_000 }).toBe(false);
    await expect.poll(() => ceto?.output ?? '').toContain('commit_failure_policy is die');
    await client.shutdown();
    expect(existsSync(join(disk.root, 'commitlog'))).toBe(true);
  },
);

test.skipIf(!canMount)(
  'a compaction that the disk has no room for is refused and told',
  { timeout: 120_000 },
  async () => {
    const client = await start({ min_free_space_per_drive: `${MEGABYTES}MiB` });
    if (ceto === null) throw new Error('not started');
    for (let flush = 0; flush < 4; flush++) {
      await client.execute('INSERT INTO k.t (id, v) VALUES (?, ?)', [flush, VALUE]);
      expect((await nodetool(ceto, 'flush', 'k')).code).toBe(0);
    }
    const said =
      /Not enough space for compaction \([0-9a-f-]{36}\) of k\.t, estimated sstables = 1, expected write size = \d+/;
    await expect.poll(() => ceto?.output ?? '', { timeout: 10_000 }).toMatch(said);
    const asked = await nodetool(ceto, 'compact', 'k', 't');
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(said);
    const told = (await nodetool(ceto, 'compactionstats')).stdout;
    expect(told).toMatch(/compactions aborted +[2-9]/);
    expect(await client.execute('SELECT count(*) FROM k.t').then((rows) => Number(rows.first()['count']))).toBe(4);
    await client.shutdown();
  },
);
