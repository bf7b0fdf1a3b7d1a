import cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTarget, type Target, uniqueKeyspace } from '../target.ts';
import { connectNodeDriver, createKeyspace } from './connect.ts';

const { types } = cassandra;
const keyspace = uniqueKeyspace('node_types');
let target: Target;
let client: cassandra.Client;

beforeAll(async () => {
  target = await startTarget();
  client = await connectNodeDriver(target);
  await createKeyspace(client, keyspace);
  await client.execute(`CREATE TYPE ${keyspace}.address (street text, number int, tags frozen<list<text>>)`);
});

afterAll(async () => {
  await client?.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
  await client?.shutdown();
  await target?.stop();
});

interface TypeCase {
  readonly type: string;
  readonly values: readonly unknown[];
}

const uuid = '11111111-2222-4333-8444-555555555555';
const timeUuid = '50554d6e-29bb-11e5-b345-feff819cdc9f';
const street = { street: 'Åvägen', number: 17, tags: ['a', 'b'] };

const CASES: readonly TypeCase[] = [
  { type: 'ascii', values: ['', 'plain'] },
  {
    type: 'bigint',
    values: ['0', '-9223372036854775808', '9223372036854775807'].map((text) => types.Long.fromString(text)),
  },
  { type: 'blob', values: [Buffer.alloc(0), Buffer.from('00ff10', 'hex'), Buffer.alloc(100_000, 7)] },
  { type: 'boolean', values: [true, false] },
  { type: 'date', values: ['1970-01-01', '2024-02-29', '-0001-01-01'].map((text) => types.LocalDate.fromString(text)) },
  {
    type: 'decimal',
    values: ['0', '-1.50', '123456789012345678901234567890.123'].map((text) => types.BigDecimal.fromString(text)),
  },
  { type: 'double', values: [0, -1.5, 1e308, Number.NaN, Number.POSITIVE_INFINITY] },
  {
    type: 'duration',
    values: ['1y2mo', '-3d12h', '89ns'].map((text) => types.Duration.fromString(text)),
  },
  { type: 'float', values: [0, -1.5, Number.NEGATIVE_INFINITY] },
  { type: 'inet', values: ['127.0.0.1', '2001:db8::1'].map((text) => types.InetAddress.fromString(text)) },
  { type: 'int', values: [0, -2147483648, 2147483647] },
  { type: 'smallint', values: [0, -32768, 32767] },
  { type: 'text', values: ['', 'naïve ☃ 𝄞', 'x'.repeat(70_000)] },
  {
    type: 'time',
    values: ['00:00:00', '23:59:59.999999999'].map((text) => types.LocalTime.fromString(text)),
  },
  { type: 'timestamp', values: [new Date(0), new Date(-1), new Date('2024-02-29T12:34:56.789Z')] },
  { type: 'timeuuid', values: [types.TimeUuid.fromString(timeUuid)] },
  { type: 'tinyint', values: [0, -128, 127] },
  { type: 'uuid', values: [types.Uuid.fromString(uuid)] },
  {
    type: 'varint',
    values: ['0', '-1', '128', '-340282366920938463463374607431768211457'].map((text) =>
      types.Integer.fromString(text),
    ),
  },
  { type: 'list<int>', values: [[3, 1, 2]] },
  { type: 'set<text>', values: [['a', 'b']] },
  { type: 'map<text, bigint>', values: [{ a: types.Long.fromNumber(1), b: types.Long.fromNumber(-2) }] },
  { type: 'frozen<list<frozen<map<int, text>>>>', values: [[{ 1: 'a' }, { 2: 'b' }]] },
  { type: 'tuple<int, text, float>', values: [new types.Tuple(1, 'two', 3.5)] },
  { type: 'frozen<address>', values: [street] },
  { type: 'address', values: [street] },
  { type: 'vector<float, 3>', values: [new types.Vector([1.5, -2, 0], 'float')] },
];

test.each(CASES)('$type comes back from a prepared write as it was given', async ({ type, values }) => {
  const table = `${keyspace}.t_${type.replaceAll(/\W+/g, '_')}`;
  await client.execute(`CREATE TABLE ${table} (k int PRIMARY KEY, v ${type})`);
  for (const [k, value] of [...values, null].entries()) {
    await client.execute(`INSERT INTO ${table} (k, v) VALUES (?, ?)`, [k, value], { prepare: true });
  }
  for (const [k, value] of [...values, null].entries()) {
    const result = await client.execute(`SELECT v FROM ${table} WHERE k = ?`, [k], { prepare: true });
    expect(comparable(result.first()['v'])).toEqual(comparable(value));
  }
});

test.each(CASES.filter(({ type }) => !/duration|map<|list<|set<|address|float, 3/.test(type)))(
  '$type serves as partition key and as clustering column',
  async ({ type, values }) => {
    const name = `k_${type.replaceAll(/\W+/g, '_')}`;
    const usable = values.filter((value) => !isEmpty(value) && !isTooLongForKey(value));
    await client.execute(`CREATE TABLE ${keyspace}.${name} (k ${type}, c ${type}, v int, PRIMARY KEY (k, c))`);
    for (const [v, value] of usable.entries()) {
      const insert = `INSERT INTO ${keyspace}.${name} (k, c, v) VALUES (?, ?, ?)`;
      await client.execute(insert, [value, value, v], { prepare: true });
    }
    for (const [v, value] of usable.entries()) {
      const select = `SELECT v FROM ${keyspace}.${name} WHERE k = ? AND c = ?`;
      const result = await client.execute(select, [value, value], { prepare: true });
      expect(result.rows.map((row) => row['v'])).toEqual([v]);
    }
  },
);

test('a counter adds up', async () => {
  await client.execute(`CREATE TABLE ${keyspace}.counters (k text PRIMARY KEY, n counter)`);
  const add = `UPDATE ${keyspace}.counters SET n = n + ? WHERE k = 'x'`;
  for (const step of [5, -2, 40]) await client.execute(add, [types.Long.fromNumber(step)], { prepare: true });
  const result = await client.execute(`SELECT n FROM ${keyspace}.counters WHERE k = 'x'`);
  expect(String(result.first()['n'])).toBe('43');
});

test('values given with type hints and without preparation come back too', async () => {
  await client.execute(`CREATE TABLE ${keyspace}.hinted (k int PRIMARY KEY, m map<text, int>, d timestamp)`);
  const when = new Date('2020-01-02T03:04:05.678Z');
  await client.execute(`INSERT INTO ${keyspace}.hinted (k, m, d) VALUES (?, ?, ?)`, [1, { a: 1, b: 2 }, when], {
    hints: ['int', 'map<text, int>', 'timestamp'],
  });
  const row = (await client.execute(`SELECT * FROM ${keyspace}.hinted WHERE k = 1`)).first();
  expect(row['m']).toEqual({ a: 1, b: 2 });
  expect(row['d']).toEqual(when);
});

/** The driver's own value classes compare by their text; floats of a vector by the numbers they hold. */
function comparable(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (value instanceof types.Vector) return Array.from(value as Iterable<number>);
  if (value instanceof types.Tuple) return value.values().map(comparable);
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value instanceof Date) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype && value.toString !== Object.prototype.toString) {
    return value.toString();
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, comparable(item)]));
}

function isEmpty(value: unknown): boolean {
  return value === '' || (Buffer.isBuffer(value) && value.length === 0);
}

/** Keys hold at most 65,535 bytes. */
function isTooLongForKey(value: unknown): boolean {
  return (typeof value === 'string' || Buffer.isBuffer(value)) && value.length > 65_535;
}
