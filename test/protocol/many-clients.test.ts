import { availableParallelism, loadavg } from 'node:os';
import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNodeDriver, createKeyspace } from '../clients/node-driver/connect.ts';
import { cetoOf, startTarget, type Target, uniqueKeyspace } from '../clients/target.ts';
import { OPCODE } from '../protocol-client/frames.ts';
import { queryBytes, RawSocket } from './raw-socket.ts';

const CONNECTIONS = 2_000;
/** Opened together; more at a time would only fill the kernel's accept queue. */
const OPENED_TOGETHER = 100;
const WORKING_CLIENTS = 50;
/** The promise for SIGTERM. */
const DRAIN_MS = 2_000;
const keyspace = uniqueKeyspace('many');
let target: Target;

beforeAll(async () => {
  target = await startTarget();
  const client = await connectNodeDriver(target);
  await createKeyspace(client, keyspace);
  await client.execute(`CREATE TABLE ${keyspace}.t (k int PRIMARY KEY, v text)`);
  await client.shutdown();
});

afterAll(() => target?.stop());

test('2,000 connections are open and used at once', async () => {
  const sockets: RawSocket[] = [];
  while (sockets.length < CONNECTIONS) {
    const opening = Array.from({ length: OPENED_TOGETHER }, () => RawSocket.started(target, 4));
    sockets.push(...(await Promise.all(opening)));
  }
  for (const round of [1, 2]) {
    for (const [k, socket] of sockets.entries()) {
      socket.send(queryBytes(4, `INSERT INTO ${keyspace}.t (k, v) VALUES (${k}, 'round ${round}')`));
    }
    const replies = await Promise.all(sockets.map((socket) => socket.reply()));
    expect(replies.filter((reply) => reply?.opcode !== OPCODE.result)).toEqual([]);
  }
  expect(sockets.filter((socket) => socket.ended)).toEqual([]);
  for (const socket of sockets) socket.close();
  const client = await connectNodeDriver(target);
  const rows = await client.execute(`SELECT count(*) AS n FROM ${keyspace}.t`);
  expect(Number(rows.first()['n'])).toBe(CONNECTIONS);
  await client.shutdown();
}, 60_000);

test('SIGTERM while 50 clients write: it ends with 0 within two seconds and loses nothing acknowledged', async (context) => {
  const ceto = cetoOf(target, context);
  const setup = await connectNodeDriver(target);
  await setup.execute(`CREATE TABLE ${keyspace}.acknowledged (client int, n int, PRIMARY KEY (client, n))`);
  await setup.shutdown();
  const clients = await Promise.all(Array.from({ length: WORKING_CLIENTS }, () => connectNodeDriver(target)));
  const acknowledged = clients.map(() => 0);
  let working = true;
  const insert = `INSERT INTO ${keyspace}.acknowledged (client, n) VALUES (?, ?)`;
  const loops = clients.map(async (client, index) => {
    while (working) {
      try {
        await client.execute(insert, [index, acknowledged[index]], { prepare: true });
        acknowledged[index] = (acknowledged[index] ?? 0) + 1;
      } catch {
        return;
      }
    }
  });
  await untilAll(acknowledged, 20);
  const startedAt = performance.now();
  expect(await ceto.terminate(), ceto.output).toBe(0);
  const tookMs = performance.now() - startedAt;
  working = false;
  await Promise.all(loops);
  await Promise.all(clients.map((client) => client.shutdown()));
  expect(tookMs).toBeLessThan(overloaded() ? 2 * DRAIN_MS : DRAIN_MS);

  await ceto.start();
  const client = await connectNodeDriver(target);
  for (const [index, count] of acknowledged.entries()) {
    const options: cassandra.QueryOptions = { prepare: true, fetchSize: 10_000 };
    const result = await client.execute(`SELECT n FROM ${keyspace}.acknowledged WHERE client = ?`, [index], options);
    const stored = new Set(result.rows.map((row) => row['n'] as number));
    const missing = Array.from({ length: count }, (_, n) => n).filter((n) => !stored.has(n));
    expect(missing, `client ${index}`).toEqual([]);
  }
  await client.shutdown();
}, 60_000);

/** With far more work than cores the clock measures the machine's queue. */
function overloaded(): boolean {
  return (loadavg()[0] ?? 0) > 3 * availableParallelism();
}

/** Until every client has had `minimum` writes acknowledged. */
async function untilAll(acknowledged: readonly number[], minimum: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (acknowledged.some((count) => count < minimum)) {
    if (Date.now() > deadline) throw new Error(`too slow: ${acknowledged.join(' ')}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
