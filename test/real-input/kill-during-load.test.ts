import cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNodeDriver, createKeyspace } from '../clients/node-driver/connect.ts';
import { cetoOf, LONG, startTarget, type Target, uniqueKeyspace } from '../clients/target.ts';
import { createTable, type DataSet, flights, type Value } from './data-sets.ts';
import { expectSameRows, readWithNode } from './read-back.ts';

/** Each begins where the one before was killed. */
const KILLS = LONG ? 12 : 2;
const IN_FLIGHT = 64;
const keyspace = uniqueKeyspace('kill');
let target: Target;

beforeAll(async () => {
  target = await startTarget();
  const client = await connectNodeDriver(target);
  await createKeyspace(client, keyspace);
  await client.shutdown();
});

afterAll(() => target?.stop());

/** Remembers, for each row of a data set, whether the server has acknowledged it. */
class Loader {
  readonly acknowledged: boolean[];
  private readonly set: DataSet;
  private next: number;
  private stopped = false;

  constructor(set: DataSet, acknowledged: boolean[]) {
    this.set = set;
    this.acknowledged = acknowledged;
    this.next = acknowledged.indexOf(false);
  }

  get count(): number {
    return this.acknowledged.filter(Boolean).length;
  }

  /** Until all rows are written or the server is gone. */
  async run(client: cassandra.Client): Promise<void> {
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => this.write(client)));
  }

  private async write(client: cassandra.Client): Promise<void> {
    const names = this.set.columns.map(([name]) => name);
    const insert = `INSERT INTO ${keyspace}.${this.set.name} (${names.join(', ')}) VALUES (${names.map(() => '?')})`;
    while (!this.stopped && this.next < this.set.rows.length) {
      const index = this.next++;
      if (this.acknowledged[index] === true) continue;
      try {
        const values = (this.set.rows[index] ?? []).map((value, at) => bound(value, this.set.columns[at]?.[1]));
        await client.execute(insert, values, { prepare: true });
        this.acknowledged[index] = true;
      } catch {
        this.stopped = true;
      }
    }
  }
}

function bound(value: Value, type: string | undefined): unknown {
  return type === 'timestamp' && typeof value === 'string' ? new Date(value) : value;
}

test('a node killed in the middle of a load has every acknowledged row, each time', {
  timeout: 240_000,
}, async (context) => {
  const ceto = cetoOf(target, context);
  const set = flights();
  const acknowledged = set.rows.map(() => false);
  const share = set.rows.length / (KILLS + 1);
  const retry = { policies: { retry: new cassandra.policies.retry.FallthroughRetryPolicy() } };
  let client = await connectNodeDriver(target, retry);
  await client.execute(createTable(keyspace, set));
  for (let kill = 1; kill <= KILLS; kill++) {
    const loader = new Loader(set, acknowledged);
    const loading = loader.run(client);
    while (loader.count < share * kill) await new Promise((resolve) => setTimeout(resolve, 5));
    await ceto.kill();
    await loading;
    await client.shutdown();
    expect(loader.count, 'the load was over before the kill').toBeLessThan(set.rows.length);

    await ceto.start();
    client = await connectNodeDriver(target, retry);
    const stored = new Set(
      (await readWithNode(client, `${keyspace}.${set.name}`, set)).map((row) => JSON.stringify(row)),
    );
    const lost = set.rows.filter((row, index) => acknowledged[index] === true && !stored.has(JSON.stringify(row)));
    expect(lost).toEqual([]);
  }
  await new Loader(set, acknowledged).run(client);
  expectSameRows(await readWithNode(client, `${keyspace}.${set.name}`, set), set);
  await client.shutdown();
});
