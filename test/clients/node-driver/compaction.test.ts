import { randomBytes } from 'node:crypto';
import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningCeto } from '../../server/start-ceto.ts';
import { cetoOf, startTarget, type Target, uniqueKeyspace } from '../target.ts';
import { connectNodeDriver, createKeyspace } from './connect.ts';

/** Small enough that some megabytes make several SSTables of each. */
const STRATEGIES = {
  size_tiered: "{'class': 'SizeTieredCompactionStrategy'}",
  leveled: "{'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': '1'}",
  time_window:
    "{'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'MINUTES', 'compaction_window_size': '1'}",
  unified: "{'class': 'UnifiedCompactionStrategy', 'target_sstable_size': '1MiB', 'min_sstable_size': '0B'}",
};
const ROUNDS = 5;
const KEYS = 60;
const VALUE_BYTES = 20_000;

const keyspace = uniqueKeyspace('node_compaction');
let target: Target;
let client: cassandra.Client;

beforeAll(async () => {
  target = await startTarget({ parameters: ['--shards', '1'] });
  client = await connectNodeDriver(target);
  await createKeyspace(client, keyspace);
});

afterAll(async () => {
  await client?.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
  await client?.shutdown();
  await target?.stop();
});

async function admin(ceto: RunningCeto, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${ceto.adminPort}/api/v1/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  expect(response.ok).toBe(true);
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

/** Writes every key anew in each round, and flushes; the values of the last round. */
async function fill(ceto: RunningCeto, table: string): Promise<Map<number, string>> {
  const last = new Map<number, string>();
  for (let round = 0; round < ROUNDS; round++) {
    for (let k = 0; k < KEYS; k++) {
      const value = randomBytes(VALUE_BYTES / 2).toString('hex');
      last.set(k, value);
      await client.execute(`INSERT INTO ${keyspace}.${table} (k, v) VALUES (?, ?)`, [k, value], { prepare: true });
    }
    await admin(ceto, 'POST', 'flush', { keyspace, tables: [table] });
  }
  return last;
}

async function expectRows(table: string, rows: ReadonlyMap<number, string>): Promise<void> {
  for (const [k, value] of rows) {
    const found = await client.execute(`SELECT v FROM ${keyspace}.${table} WHERE k = ?`, [k], { prepare: true });
    expect(found.first()?.['v']).toBe(value);
  }
  const all = await client.execute(`SELECT k FROM ${keyspace}.${table}`);
  expect(all.rowLength).toBe(rows.size);
}

async function numbersOf(ceto: RunningCeto, table: string): Promise<Record<string, number>> {
  const tables = (await admin(ceto, 'GET', `tablestats?keyspaces=${keyspace}`)) as {
    table: string;
    numbers: Record<string, number>;
  }[];
  return tables.find((each) => each.table === table)?.numbers ?? {};
}

test.for(Object.entries(STRATEGIES))(
  'a %s table keeps its rows through flushes and a major compaction',
  async ([table, compaction], context) => {
    const ceto = cetoOf(target, context);
    await client.execute(
      `CREATE TABLE ${keyspace}.${table} (k int PRIMARY KEY, v text) WITH compaction = ${compaction}`,
    );
    const rows = await fill(ceto, table);
    await expectRows(table, rows);
    await admin(ceto, 'POST', 'compact', { keyspace, tables: [table] });
    await expectRows(table, rows);
    const numbers = await numbersOf(ceto, table);
    const several = table === 'leveled' || table === 'unified';
    if (several) expect(numbers['sstables']).toBeGreaterThan(1);
    else expect(numbers['sstables']).toBe(1);
    if (table === 'leveled') expect(numbers['sstables_level_1']).toBe(numbers['sstables']);
    else expect(numbers).not.toHaveProperty('sstables_level_1');
  },
);

test('ALTER TABLE changes the strategy at once, and the rows stay', async (context) => {
  const ceto = cetoOf(target, context);
  await client.execute(`CREATE TABLE ${keyspace}.altered (k int PRIMARY KEY, v text)`);
  const rows = await fill(ceto, 'altered');
  for (const table of ['leveled', 'unified', 'time_window', 'size_tiered'] as const) {
    await client.execute(`ALTER TABLE ${keyspace}.altered WITH compaction = ${STRATEGIES[table]}`);
    await admin(ceto, 'POST', 'compact', { keyspace, tables: ['altered'] });
    await expectRows('altered', rows);
    const levels = (await numbersOf(ceto, 'altered'))['sstables_level_1'];
    if (table === 'leveled') expect(levels).toBeGreaterThan(1);
    else expect(levels).toBeUndefined();
  }
  expect((await numbersOf(ceto, 'altered'))['sstables']).toBe(1);
});
