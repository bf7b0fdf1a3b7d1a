/** Pages of a scan and of a wide partition while what lies below them is flushed, compacted and started anew. */
import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningCeto, startCeto } from '../../server/start-ceto.ts';
import { connectNodeDriver, createKeyspace } from './connect.ts';

const PARTITIONS = 60;
const ROWS = 12;
const WIDE_ROWS = 2_000;
const WIDE_KEY = 1_000;
let ceto: RunningCeto;
let client: cassandra.Client;

beforeAll(async () => {
  ceto = await startCeto({ shards: 2 });
  client = await connectNodeDriver(ceto);
  await createKeyspace(client, 'paging');
  await client.execute('CREATE TABLE paging.t (k int, c int, v text, PRIMARY KEY (k, c))');
  const insert = 'INSERT INTO paging.t (k, c, v) VALUES (?, ?, ?)';
  const keys = Array.from({ length: PARTITIONS }, (_, k) => k);
  await Promise.all(keys.map((k) => fill(insert, k, ROWS)));
  await fill(insert, WIDE_KEY, WIDE_ROWS);
});

afterAll(async () => {
  await client?.shutdown();
  await ceto?.stop();
});

async function fill(insert: string, k: number, rows: number): Promise<void> {
  for (let c = 0; c < rows; c++) await client.execute(insert, [k, c, `${k}:${c}`], { prepare: true });
}

async function post(operation: 'flush' | 'compact'): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${ceto.adminPort}/api/v1/${operation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ keyspace: 'paging', tables: ['t'] }),
  });
  expect(response.status).toBe(200);
}

async function startAgain(): Promise<void> {
  await client.shutdown();
  await ceto.terminate();
  await ceto.start();
  client = await connectNodeDriver(ceto);
}

/** What happens between two pages, in turn; the writes give the flushes something to do. */
const between = [
  () => client.execute("INSERT INTO paging.t (k, c, v) VALUES (0, 0, '0:0')"),
  () => post('flush'),
  () => startAgain(),
  () => client.execute("UPDATE paging.t SET v = '1000:5' WHERE k = 1000 AND c = 5"),
  () => post('compact'),
];

/** All rows as `k:c`, page by page, with something happening after every page. */
async function pages(query: string, fetchSize: number): Promise<string[]> {
  const rows: string[] = [];
  let pageState: string | undefined;
  for (let page = 0; ; page++) {
    const options = pageState === undefined ? { fetchSize } : { fetchSize, pageState };
    const result = await client.execute(query, [], { prepare: true, ...options });
    expect(result.rows.length).toBeLessThanOrEqual(fetchSize);
    for (const row of result.rows) {
      expect(row['v']).toBe(`${row['k']}:${row['c']}`);
      rows.push(row['v']);
    }
    if (result.pageState === null || result.pageState === undefined) return rows;
    pageState = result.pageState;
    await between[page % between.length]?.();
  }
}

test('a scan over all shards gives each row once, in token order, whatever happens between its pages', async () => {
  const tokens = await client.execute('SELECT DISTINCT k, token(k) AS t FROM paging.t');
  const ordered = tokens.rows.map((row) => ({ k: Number(row['k']), token: BigInt(row['t'].toString()) }));
  expect(ordered.map(({ token }) => token)).toEqual(
    ordered.map(({ token }) => token).toSorted((a, b) => (a < b ? -1 : 1)),
  );
  const expected = ordered.flatMap(({ k }) =>
    Array.from({ length: k === WIDE_KEY ? WIDE_ROWS : ROWS }, (_, c) => `${k}:${c}`),
  );
  expect(expected).toHaveLength(PARTITIONS * ROWS + WIDE_ROWS);
  expect(await pages('SELECT k, c, v FROM paging.t', 331)).toEqual(expected);
});

test('a wide partition is paged backwards through flush, compaction and restart', async () => {
  const expected = Array.from({ length: WIDE_ROWS }, (_, c) => `${WIDE_KEY}:${WIDE_ROWS - 1 - c}`);
  expect(await pages(`SELECT k, c, v FROM paging.t WHERE k = ${WIDE_KEY} ORDER BY c DESC`, 287)).toEqual(expected);
});

test('a partition that is read again and again is served by the row cache, which status and metrics show', async () => {
  await post('flush');
  const read = 'SELECT k, c, v FROM paging.t WHERE k = ?';
  for (let i = 0; i < 10; i++) expect((await client.execute(read, [7], { prepare: true })).rows).toHaveLength(ROWS);
  const response = await fetch(`http://127.0.0.1:${ceto.adminPort}/api/v1/status`);
  const status = (await response.json()) as { rowCache: { hits: number }; memory: { budget: number; used: number } };
  expect(status.rowCache.hits).toBeGreaterThanOrEqual(7);
  expect(status.memory.used).toBeLessThanOrEqual(status.memory.budget);
  const metrics = await (await fetch(`http://127.0.0.1:${ceto.adminPort}/metrics`)).text();
  expect(metrics).toMatch(/ceto_row_cache_entries\{shard="\d"\} [1-9]/);
  expect(metrics).toMatch(/ceto_background_slice_overruns_total\{shard="0"\} \d/);
});
