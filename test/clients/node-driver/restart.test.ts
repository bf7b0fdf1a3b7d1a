import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cetoOf, startTarget, type Target, uniqueKeyspace } from '../target.ts';
import { connectNodeDriver, createKeyspace } from './connect.ts';

const keyspace = uniqueKeyspace('node_restart');
const ROWS = 300;
let target: Target;
let client: cassandra.Client;

beforeAll(async () => {
  target = await startTarget();
  client = await connectNodeDriver(target);
  await createKeyspace(client, keyspace);
  await client.execute(`CREATE TABLE ${keyspace}.t (k int PRIMARY KEY, v text)`);
});

afterAll(async () => {
  await client?.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
  await client?.shutdown();
  await target?.stop();
});

const insert = `INSERT INTO ${keyspace}.t (k, v) VALUES (?, ?)`;
const select = `SELECT v FROM ${keyspace}.t WHERE k = ?`;

/** A driver needs a moment to notice that its host is back. */
async function executeWhenBack(query: string, parameters: unknown[] = []): Promise<cassandra.types.ResultSet> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      return await client.execute(query, parameters, { prepare: parameters.length > 0 });
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

test('statements prepared before a stop run after the start, and the rows are there', async (context) => {
  const ceto = cetoOf(target, context);
  for (let k = 0; k < ROWS; k++) await client.execute(insert, [k, `v${k}`], { prepare: true });
  await client.execute(select, [0], { prepare: true });
  expect(await ceto.terminate()).toBe(0);
  await ceto.start();
  for (let k = 0; k < ROWS; k++) {
    expect((await executeWhenBack(select, [k])).first()?.['v']).toBe(`v${k}`);
  }
});

test('after SIGKILL every acknowledged row is there, and the driver goes on by itself', async (context) => {
  const ceto = cetoOf(target, context);
  for (let k = ROWS; k < 2 * ROWS; k++) await executeWhenBack(insert, [k, `v${k}`]);
  await ceto.kill();
  await ceto.start();
  for (let k = 0; k < 2 * ROWS; k++) {
    expect((await executeWhenBack(select, [k])).first()?.['v']).toBe(`v${k}`);
  }
});

test('a statement prepared for a table that was dropped and made anew is prepared again unasked', async () => {
  await executeWhenBack(insert, [1, 'old']);
  await executeWhenBack(`DROP TABLE ${keyspace}.t`);
  await executeWhenBack(`CREATE TABLE ${keyspace}.t (k int PRIMARY KEY, v text)`);
  await executeWhenBack(insert, [1, 'new']);
  expect((await executeWhenBack(select, [1])).first()?.['v']).toBe('new');
});
