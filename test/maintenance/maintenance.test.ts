/** An operator's work on files, through nodetool against a running node. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectNodeDriver, createKeyspace } from '../clients/node-driver/connect.ts';
import { nodetool } from '../server/nodetool.ts';
import { type RunningCeto, startCeto } from '../server/start-ceto.ts';
import { dataFiles, flipBit, tableFiles } from './table-files.ts';

/** The error code of READ_FAILURE (native_protocol_v5.spec, section 8). */
const READ_FAILURE = 0x1300;
/** The log is fetched from the shards every two seconds. */
const LOG_PATIENCE = { timeout: 10_000, interval: 200 };

/** What is left of a table once the files that were rewritten have gone, which may be after the command's answer. */
async function settledFiles(table: string, count: number): Promise<string[]> {
  await expect.poll(() => dataFiles(ceto, 'ks', table), LOG_PATIENCE).toHaveLength(count);
  return dataFiles(ceto, 'ks', table);
}

/** A nodetool is a process of its own; a busy machine takes seconds for one. */
const PATIENCE_MS = 180_000;

let ceto: RunningCeto;
let client: cassandra.Client;

beforeAll(async () => {
  ceto = await startCeto({ shards: 2 });
  client = await connectNodeDriver(ceto);
  await createKeyspace(client, 'ks');
}, PATIENCE_MS);

afterAll(async () => {
  await client?.shutdown();
  await ceto?.stop();
});

/** Rows of 60 KiB that do not compress, in an SSTable a shard. */
async function fillRandom(table: string, first: number, rows: number): Promise<void> {
  const insert = `INSERT INTO ks.${table} (k, v) VALUES (?, ?)`;
  const keys = Array.from({ length: rows }, (_, index) => first + index);
  await Promise.all(keys.map((k) => client.execute(insert, [k, randomBytes(60 << 10)], { prepare: true })));
  await flush(table);
}

async function fill(table: string, rows: number): Promise<void> {
  const insert = `INSERT INTO ks.${table} (k, v) VALUES (?, ?)`;
  for (let first = 0; first < rows; first += 100) {
    const keys = Array.from({ length: Math.min(100, rows - first) }, (_, index) => first + index);
    await Promise.all(keys.map((k) => client.execute(insert, [k, `value ${k} ${'x'.repeat(100)}`], { prepare: true })));
  }
  await flush(table);
}

async function flush(table: string): Promise<void> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const body = JSON.stringify({ keyspace: 'ks', tables: [table] });
  await fetch(`http://127.0.0.1:${ceto.adminPort}/api/v1/flush`, { ...init, body });
}

/** The name that CompressionInfo.db begins with, after its length. */
function compressor(dataFile: string): string {
  const bytes = readFileSync(dataFile.replace('-Data.db', '-CompressionInfo.db'));
  return bytes.subarray(2, 2 + bytes.readUInt16BE(0)).toString();
}

describe('damage', () => {
  test(
    'verify says nothing of good files and names the file and the place of a flipped bit',
    async () => {
      await client.execute('CREATE TABLE ks.verified (k int PRIMARY KEY, v text)');
      await fill('verified', 200);
      expect(await nodetool(ceto, 'verify', '-e', 'ks', 'verified')).toEqual({ code: 0, stdout: '', stderr: '' });

      const [path = ''] = dataFiles(ceto, 'ks', 'verified');
      flipBit(path, 40);
      const found = await nodetool(ceto, 'verify', '-f', 'ks', 'verified');
      expect(found.code).toBe(2);
      expect(found.stderr).toContain(`error: ${path}: bad checksum of the chunk at offset 0`);
    },
    PATIENCE_MS,
  );

  test(
    'a read that meets it fails as in Cassandra, is logged with its place, and the node goes on',
    async () => {
      await client.execute('CREATE TABLE ks.damaged (k int PRIMARY KEY, v text)');
      await fill('damaged', 200);
      const files = dataFiles(ceto, 'ks', 'damaged');
      for (const path of files) flipBit(path, 40);
      await expect(client.execute('SELECT * FROM ks.damaged')).rejects.toMatchObject({ code: READ_FAILURE });
      await expect
        .poll(() => ceto.output, LOG_PATIENCE)
        .toContain(`${files[0]}: bad checksum of the chunk at offset 0`);
      expect((await client.execute('SELECT * FROM system.local')).rowLength).toBe(1);
    },
    PATIENCE_MS,
  );

  test(
    'a start goes on without damaged parts that can be made anew, and names them',
    async () => {
      const own = await startCeto({ shards: 1 });
      try {
        const statements = await connectNodeDriver(own);
        await createKeyspace(statements, 'ks');
        await statements.execute('CREATE TABLE ks.parts (k int PRIMARY KEY, v text)');
        for (let k = 0; k < 100; k++)
          await statements.execute('INSERT INTO ks.parts (k, v) VALUES (?, ?)', [k, 'v'], { prepare: true });
        await nodetool(own, 'flush', 'ks', 'parts');
        await statements.shutdown();
        await own.terminate();
        const parts = tableFiles(own, 'ks', 'parts').filter((path) => /-(Filter\.db|Summary\.db|TOC\.txt)$/.test(path));
        expect(parts).toHaveLength(3);
        for (const path of parts) flipBit(path, 9);

        await own.start();
        const reader = await connectNodeDriver(own);
        for (const k of [0, 57, 99]) {
          expect((await reader.execute('SELECT v FROM ks.parts WHERE k = ?', [k], { prepare: true })).rowLength).toBe(
            1,
          );
        }
        await reader.shutdown();
        for (const path of parts) {
          await expect.poll(() => own.output, LOG_PATIENCE).toContain(`${path}: bad checksum`);
        }
        expect((await nodetool(own, 'verify', 'ks', 'parts')).stderr).toContain(`error: ${parts[0]}: bad checksum`);
        expect(await nodetool(own, 'scrub', '-ns', 'ks', 'parts')).toMatchObject({ code: 0 });
        expect(await nodetool(own, 'verify', '-e', 'ks', 'parts')).toEqual({ code: 0, stdout: '', stderr: '' });
      } finally {
        await own.stop();
      }
    },
    PATIENCE_MS,
  );

  test(
    'unknown names are told in Cassandra’s words',
    async () => {
      expect(await nodetool(ceto, 'verify', 'nope')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('nodetool: Keyspace [nope] does not exist.'),
      });
      expect(await nodetool(ceto, 'verify', 'ks', 'nope')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('error: Unknown keyspace/cf pair (ks.nope)'),
      });
    },
    PATIENCE_MS,
  );
});

describe('rewriting', () => {
  test(
    'scrub keeps what can be read, names what it leaves out, and the table is whole again',
    async () => {
      await client.execute('CREATE TABLE ks.scrubbed (k int PRIMARY KEY, v text)');
      await fill('scrubbed', 2_000);
      const [path = ''] = dataFiles(ceto, 'ks', 'scrubbed');
      flipBit(path, 40);
      expect(await nodetool(ceto, 'scrub', 'ks', 'scrubbed')).toMatchObject({ code: 0, stderr: '' });
      await expect.poll(() => dataFiles(ceto, 'ks', 'scrubbed'), LOG_PATIENCE).not.toContain(path);
      const left = (await client.execute('SELECT k FROM ks.scrubbed', [], { fetchSize: 10_000 })).rowLength;
      expect(left).toBeGreaterThan(500);
      expect(left).toBeLessThan(2_000);
      expect(await nodetool(ceto, 'verify', '-e', 'ks', 'scrubbed')).toMatchObject({ code: 0 });
      await expect.poll(() => ceto.output, LOG_PATIENCE).toMatch(/partition [0-9a-f]{8} at offset \d+/);
    },
    PATIENCE_MS,
  );

  test(
    'upgradesstables, compactions of given files, garbagecollect and history',
    async () => {
      await client.execute('CREATE TABLE ks.many (k int PRIMARY KEY, v text)');
      for (let i = 0; i < 3; i++) await fill('many', 50);
      const before = dataFiles(ceto, 'ks', 'many');
      await nodetool(ceto, 'upgradesstables', 'ks', 'many');
      expect(dataFiles(ceto, 'ks', 'many')).toEqual(before);
      await nodetool(ceto, 'upgradesstables', '-a', 'ks', 'many');
      const upgraded = await settledFiles('many', before.length);
      expect(upgraded).not.toEqual(before);
      await nodetool(ceto, 'compact', '--user-defined', ...upgraded);
      const compacted = await settledFiles('many', 2);
      await nodetool(ceto, 'garbagecollect', '-g', 'CELL', 'ks', 'many');
      expect(dataFiles(ceto, 'ks', 'many')).not.toEqual(compacted);

      const history = await nodetool(ceto, 'compactionhistory', '-F', 'json');
      const entries = JSON.parse(history.stdout).CompactionHistory as { columnfamily_name: string }[];
      expect(entries.filter(({ columnfamily_name }) => columnfamily_name === 'many').length).toBeGreaterThanOrEqual(2);
      const rows = await client.execute('SELECT * FROM system.compaction_history');
      expect(rows.rows.find((row) => row['columnfamily_name'] === 'many')?.['rows_merged']).toBeTruthy();
      expect((await nodetool(ceto, 'getsstables', 'ks', 'many', '7')).stdout.trim()).toMatch(/-big-Data\.db$/);
      expect((await nodetool(ceto, 'tablehistograms', 'ks', 'many')).stdout).toContain('ks/many histograms');
      const filters = async () => {
        const text = await (await fetch(`http://127.0.0.1:${ceto.adminPort}/metrics`)).text();
        const of = (name: string) =>
          [...text.matchAll(new RegExp(`^ceto_bloom_${name}_total\\S* (\\d+)$`, 'gm'))].reduce(
            (sum, [, n]) => sum + Number(n),
            0,
          );
        return {
          passed: of('true_positives'),
          all: of('true_positives') + of('true_negatives') + of('false_positives'),
        };
      };
      const looked = await filters();
      for (let k = 1_000_000; k < 1_000_200; k++) {
        await client.execute('SELECT * FROM ks.many WHERE k = ?', [k], { prepare: true });
      }
      await client.execute('SELECT * FROM ks.many WHERE k = 7');
      const after = await filters();
      expect(after.passed).toBeGreaterThan(looked.passed);
      expect(after.all).toBeGreaterThan(looked.all + 150);
      const told = (await nodetool(ceto, 'tablestats', 'ks.many')).stdout;
      expect(told).toMatch(/Bloom filter false positives: \d+\n\s+Bloom filter false ratio: 0\.\d{5}\n/);
    },
    PATIENCE_MS,
  );
});

describe('compactions', () => {
  test(
    'recompress_sstables rewrites what is compressed in another way, once',
    async () => {
      await client.execute('CREATE TABLE ks.recompressed (k int PRIMARY KEY, v text)');
      await fill('recompressed', 100);
      const before = dataFiles(ceto, 'ks', 'recompressed');
      expect(before.map(compressor)).toEqual(['LZ4Compressor', 'LZ4Compressor']);
      await nodetool(ceto, 'recompress_sstables', 'ks', 'recompressed');
      expect(dataFiles(ceto, 'ks', 'recompressed')).toEqual(before);
      await client.execute("ALTER TABLE ks.recompressed WITH compression = {'class': 'ZstdCompressor'}");
      expect(await nodetool(ceto, 'recompress_sstables', 'ks', 'recompressed')).toMatchObject({ code: 0 });
      const after = await settledFiles('recompressed', 2);
      expect(after.map(compressor)).toEqual(['ZstdCompressor', 'ZstdCompressor']);
      await nodetool(ceto, 'recompress_sstables', 'ks', 'recompressed');
      expect(dataFiles(ceto, 'ks', 'recompressed')).toEqual(after);
      expect((await client.execute('SELECT k FROM ks.recompressed')).rowLength).toBe(100);
    },
    PATIENCE_MS,
  );

  test(
    'stop ends a compaction that runs; the files it read stay, and nothing is lost',
    async () => {
      await client.execute('CREATE TABLE ks.stopped (k int PRIMARY KEY, v blob)');
      for (let i = 0; i < 2; i++) await fillRandom('stopped', i * 80, 80);
      const before = dataFiles(ceto, 'ks', 'stopped');
      await nodetool(ceto, 'setcompactionthroughput', '1');
      const compaction = nodetool(ceto, 'compact', 'ks', 'stopped');
      const running = () => client.execute("SELECT * FROM system_views.sstable_tasks WHERE keyspace_name = 'ks'");
      await expect.poll(async () => (await running()).rowLength, LOG_PATIENCE).toBeGreaterThan(0);
      await nodetool(ceto, 'stop', 'COMPACTION');
      await nodetool(ceto, 'stop', 'MAJOR_COMPACTION');
      await compaction;
      // The command ends with the first shard's answer; the other's compaction may still be ending.
      await expect.poll(async () => (await running()).rowLength, LOG_PATIENCE).toBe(0);
      expect(dataFiles(ceto, 'ks', 'stopped')).toEqual(before);
      expect((await client.execute('SELECT k FROM ks.stopped')).rowLength).toBe(160);
      await nodetool(ceto, 'setcompactionthroughput', '64');
      await nodetool(ceto, 'compact', 'ks', 'stopped');
      await settledFiles('stopped', 2);
    },
    PATIENCE_MS,
  );
});

describe('limits', () => {
  test(
    'throughput, compactors, thresholds and automatic compaction are told as they were set',
    async () => {
      await client.execute('CREATE TABLE ks.limited (k int PRIMARY KEY, v text)');
      await nodetool(ceto, 'setcompactionthroughput', '32');
      expect((await nodetool(ceto, 'getcompactionthroughput')).stdout).toBe('Current compaction throughput: 32 MB/s\n');
      await nodetool(ceto, 'setconcurrentcompactors', '6');
      expect((await nodetool(ceto, 'compactionstats')).stdout).toMatch(/concurrent compactors +6 /);
      await nodetool(ceto, 'setcompactionthreshold', 'ks', 'limited', '5', '40');
      expect((await nodetool(ceto, 'getcompactionthreshold', 'ks', 'limited')).stdout).toBe(
        'Current compaction thresholds for ks/limited: \n min = 5,  max = 40\n',
      );
      await nodetool(ceto, 'disableautocompaction', 'ks', 'limited');
      expect((await nodetool(ceto, 'statusautocompaction', 'ks', 'limited')).stdout).toBe('not running\n');
      for (let i = 0; i < 6; i++) await fill('limited', 20);
      expect(dataFiles(ceto, 'ks', 'limited').length).toBeGreaterThanOrEqual(12);
      await nodetool(ceto, 'enableautocompaction', 'ks', 'limited');
      expect(await nodetool(ceto, 'stop', 'FOO')).toMatchObject({ code: 1 });
      expect(await nodetool(ceto, 'stop', 'COMPACTION')).toMatchObject({ code: 0 });
    },
    PATIENCE_MS,
  );
});

describe('system_views', () => {
  test(
    'its tables are what is so at the moment',
    async () => {
      const clients = await client.execute('SELECT * FROM system_views.clients');
      expect(clients.rows.some((row) => row['connection_stage'] === 'ready')).toBe(true);
      const prepared = 'SELECT request_count FROM system_views.clients WHERE address = ?';
      const count = async () => {
        const { rows } = await client.execute(prepared, ['127.0.0.1'], { prepare: true });
        return rows.reduce((sum, row) => sum + Number(row['request_count']), 0);
      };
      const first = await count();
      expect(await count()).toBeGreaterThan(first);
      const settings = await client.execute("SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'");
      expect(settings.rows[0]?.['value']).toBe('group');
      expect((await client.execute('SELECT * FROM system_views.sstable_tasks')).rowLength).toBe(0);
      const usage = "SELECT mebibytes FROM system_views.disk_usage WHERE keyspace_name = 'ks' AND table_name = 'many'";
      expect(Number((await client.execute(usage)).rows[0]?.['mebibytes'])).toBe(1);
      const caches = await client.execute('SELECT name, capacity_bytes FROM system_views.caches');
      expect(caches.rows.map((row) => row['name']).sort()).toEqual(['chunks', 'rows']);
    },
    PATIENCE_MS,
  );
});
