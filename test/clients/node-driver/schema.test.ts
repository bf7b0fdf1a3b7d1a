import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTarget, type Target, uniqueKeyspace } from '../target.ts';
import { connectNodeDriver, createKeyspace } from './connect.ts';

const keyspace = uniqueKeyspace('node_schema');
/** The driver gathers events for this long before it looks at the schema. */
const GATHER_MS = 20;

/** Not in the driver's type declarations. */
interface AgreementCheck {
  checkSchemaAgreement(): Promise<boolean>;
}

let target: Target;
let changing: cassandra.Client;
let watching: cassandra.Client;

beforeAll(async () => {
  target = await startTarget();
  changing = await connectNodeDriver(target);
  watching = await connectNodeDriver(target, { refreshSchemaDelay: GATHER_MS });
});

afterAll(async () => {
  await changing?.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
  await changing?.shutdown();
  await watching?.shutdown();
  await target?.stop();
});

async function watchedTable(name: string): Promise<cassandra.metadata.TableMetadata | null> {
  return await watching.metadata.getTable(keyspace, name);
}

test('a second client learns of a new keyspace by its event', async () => {
  expect(Object.keys(watching.metadata.keyspaces)).not.toContain(keyspace);
  await createKeyspace(changing, keyspace);
  await vi.waitFor(() => expect(Object.keys(watching.metadata.keyspaces)).toContain(keyspace), 5_000);
});

test('a second client learns of a new, an altered and a dropped table by their events', async () => {
  await changing.execute(`CREATE TABLE ${keyspace}.t (a int, b text, c uuid, v blob, s int static,
    PRIMARY KEY ((a, b), c)) WITH CLUSTERING ORDER BY (c DESC) AND comment = 'seen'`);
  const made = await vi.waitFor(async () => {
    const table = await watchedTable('t');
    if (table === null) throw new Error('no event yet');
    return table;
  }, 5_000);
  expect(made.partitionKeys.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(made.clusteringKeys.map(({ name }) => name)).toEqual(['c']);
  expect(made.clusteringOrder).toEqual(['DESC']);
  expect(Object.keys(made.columnsByName).sort()).toEqual(['a', 'b', 'c', 's', 'v']);

  await changing.execute(`ALTER TABLE ${keyspace}.t ADD w list<int>`);
  await vi.waitFor(
    async () => expect(Object.keys((await watchedTable('t'))?.columnsByName ?? {})).toContain('w'),
    5_000,
  );

  await changing.execute(`DROP TABLE ${keyspace}.t`);
  await vi.waitFor(async () => expect(await watchedTable('t')).toBeNull(), 5_000);
});

test('a user type is described with its fields', async () => {
  await changing.execute(`CREATE TYPE ${keyspace}.point (x int, y double)`);
  const type = await vi.waitFor(async () => {
    const udt = await watching.metadata.getUdt(keyspace, 'point');
    if (udt === null || udt === undefined) throw new Error('no event yet');
    return udt as unknown as { fields: { name: string }[] };
  }, 5_000);
  expect(type.fields.map(({ name }) => name)).toEqual(['x', 'y']);
});

test('the replicas of a key and the token map are known', () => {
  const replicas = watching.getReplicas(keyspace, Buffer.from([0, 0, 0, 1]));
  expect(replicas.map((host) => host.address)).toEqual([`${target.host}:${target.port}`]);
  const [host] = watching.hosts.values();
  expect(host?.datacenter).toBe('datacenter1');
  expect(host?.rack).toBe('rack1');
  expect(host?.cassandraVersion).toMatch(/^5\.0\./);
});

test('the schema is agreed on', async () => {
  expect(await (changing.metadata as unknown as AgreementCheck).checkSchemaAgreement()).toBe(true);
});
