import type { Readable } from 'node:stream';
import cassandra from 'cassandra-driver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cetoOf, startTarget, type Target, uniqueKeyspace } from '../target.ts';
import { connectNodeDriver, createKeyspace } from './connect.ts';

const { types, errors } = cassandra;
const { responseErrorCodes } = types;
const keyspace = uniqueKeyspace('node_statements');
const PAGED_ROWS = 2_500;
let target: Target;
let client: cassandra.Client;

beforeAll(async () => {
  target = await startTarget();
  const setup = await connectNodeDriver(target);
  await createKeyspace(setup, keyspace);
  await setup.shutdown();
  client = await connectNodeDriver(target, { keyspace, queryOptions: { prepare: true } });
  await client.execute('CREATE TABLE pages (p int, c int, v text, PRIMARY KEY (p, c))');
  await client.execute('CREATE TABLE items (k int PRIMARY KEY, a text, b int)');
});

afterAll(async () => {
  await client?.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
  await client?.shutdown();
  await target?.stop();
});

/** What the server answers to a statement that it refuses. */
async function refusal(query: string, parameters: unknown[] = [], options: cassandra.QueryOptions = {}) {
  try {
    await client.execute(query, parameters, { prepare: false, ...options });
  } catch (error) {
    if (error instanceof errors.ResponseError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error(`not refused: ${query}`);
}

describe('paging', () => {
  beforeAll(async () => {
    const insert = 'INSERT INTO pages (p, c, v) VALUES (?, ?, ?)';
    const rows = Array.from({ length: PAGED_ROWS }, (_, c) => [c % 5, c, `value ${c}`]);
    await cassandra.concurrent.executeConcurrent(client, insert, rows, { concurrencyLevel: 32 });
  });

  test.each([1, 7, 100, 499, 500, 501, 5_000])(
    'a partition is whole and in order with pages of %i',
    async (fetchSize) => {
      const seen: number[] = [];
      for (let pageState: string | undefined; ; ) {
        const page: cassandra.types.ResultSet = await client.execute('SELECT c FROM pages WHERE p = 3', [], {
          prepare: true,
          fetchSize,
          ...(pageState === undefined ? {} : { pageState }),
        });
        expect(page.rows.length).toBeLessThanOrEqual(fetchSize);
        seen.push(...page.rows.map((row) => row['c'] as number));
        if (page.pageState === null || page.pageState === undefined) break;
        pageState = page.pageState;
      }
      expect(seen).toEqual(Array.from({ length: PAGED_ROWS / 5 }, (_, i) => i * 5 + 3));
    },
  );

  async function streamed(query: string, fetchSize: number): Promise<cassandra.types.Row[]> {
    const rows: cassandra.types.Row[] = [];
    for await (const row of client.stream(query, [], { prepare: true, fetchSize }) as unknown as Readable)
      rows.push(row);
    return rows;
  }

  test('the whole table comes row by row through a stream of pages', async () => {
    const rows = await streamed('SELECT p, c, v FROM pages', 300);
    for (const row of rows) expect(row['v']).toBe(`value ${row['c']}`);
    expect(rows).toHaveLength(PAGED_ROWS);
    expect(new Set(rows.map((row) => row['c'])).size).toBe(PAGED_ROWS);
  });

  test('LIMIT, reversed order and a slice hold across pages', async () => {
    const query = 'SELECT c FROM pages WHERE p = 0 AND c >= 100 AND c < 2000 ORDER BY c DESC LIMIT 95';
    const rows = await streamed(query, 10);
    expect(rows.map((row) => row['c'])).toEqual(Array.from({ length: 95 }, (_, i) => 1995 - 5 * i));
  });

  test('a paging state that the server did not give is refused', async () => {
    expect(await refusal('SELECT * FROM pages', [], { pageState: 'deadbeef', fetchSize: 10 })).toEqual({
      code: responseErrorCodes.protocolError,
      message: expect.stringContaining('Invalid value for the paging state'),
    });
  });
});

describe('parameters and options', () => {
  test('named parameters bind by name, prepared and not', async () => {
    await client.execute('INSERT INTO items (k, a, b) VALUES (:key, :first, :second)', {
      second: 2,
      first: 'one',
      key: 10,
    });
    const hints = { hints: { key: 'int' } as unknown as string[], prepare: false };
    const result = await client.execute('SELECT a, b FROM items WHERE k = :key', { key: 10 }, hints);
    expect({ ...result.first() }).toEqual({ a: 'one', b: 2 });
  });

  test('an unset value leaves the column alone, a null removes it', async () => {
    const insert = 'INSERT INTO items (k, a, b) VALUES (?, ?, ?)';
    await client.execute(insert, [11, 'kept', 1]);
    await client.execute(insert, [11, types.unset, 2]);
    expect({ ...(await client.execute('SELECT a, b FROM items WHERE k = 11')).first() }).toEqual({ a: 'kept', b: 2 });
    await client.execute(insert, [11, null, types.unset]);
    expect({ ...(await client.execute('SELECT a, b FROM items WHERE k = 11')).first() }).toEqual({ a: null, b: 2 });
  });

  test('the timestamp of the request is the write time, and an older one does not win', async () => {
    const insert = 'INSERT INTO items (k, a) VALUES (12, ?)';
    await client.execute(insert, ['later'], { prepare: true, timestamp: 5_000_000 });
    await client.execute(insert, ['earlier'], { prepare: true, timestamp: 4_000_000 });
    const row = (await client.execute('SELECT a, writetime(a) AS w FROM items WHERE k = 12')).first();
    expect([row['a'], String(row['w'])]).toEqual(['later', '5000000']);
  });

  test('USE through the keyspace option of a client of its own', async () => {
    const other = await connectNodeDriver(target, { keyspace: 'system' });
    const row = (await other.execute('SELECT release_version FROM local')).first();
    expect(row['release_version']).toMatch(/^5\.0/);
    await other.shutdown();
  });

  test('consistency levels of a single node are served, more replicas than there are unavailable', async () => {
    const { consistencies } = types;
    for (const consistency of [consistencies.one, consistencies.quorum, consistencies.localQuorum, consistencies.all]) {
      await client.execute('INSERT INTO items (k, a) VALUES (13, ?)', ['x'], { prepare: true, consistency });
    }
    const unavailable = { code: responseErrorCodes.unavailableException, required: 3, alive: 1 };
    await expect(client.execute('SELECT * FROM items', [], { consistency: consistencies.three })).rejects.toMatchObject(
      {
        innerErrors: { [`${target.host}:${target.port}`]: { ...unavailable, consistencies: consistencies.three } },
      },
    );
  });

  test('a column added after the statement was prepared is in the rows of SELECT *', async () => {
    await client.execute('CREATE TABLE grows (k int PRIMARY KEY, a int)');
    await client.execute('INSERT INTO grows (k, a) VALUES (?, ?)', [1, 1]);
    await client.execute('SELECT * FROM grows WHERE k = ?', [1]);
    await client.execute('ALTER TABLE grows ADD b int');
    await client.execute('UPDATE grows SET b = ? WHERE k = ?', [2, 1]);
    const row = (await client.execute('SELECT * FROM grows WHERE k = ?', [1])).first();
    expect({ ...row }).toEqual({ k: 1, a: 1, b: 2 });
  });
});

describe('batches and conditions', () => {
  test('logged and unlogged batches apply all of their statements', async () => {
    for (const [index, logged] of [true, false].entries()) {
      const queries = Array.from({ length: 10 }, (_, i) => ({
        query: 'INSERT INTO items (k, a, b) VALUES (?, ?, ?)',
        params: [100 + index * 10 + i, 'batch', i],
      }));
      await client.batch(queries, { prepare: true, logged });
    }
    const keys = Array.from({ length: 20 }, (_, i) => 100 + i);
    const result = await client.execute('SELECT k FROM items WHERE k IN ?', [keys]);
    expect(result.rows.map((row) => row['k'])).toEqual(keys);
  });

  test('a traced batch has its steps, and its session no query', async () => {
    const queries = [2000, 2001].map((k) => ({ query: `INSERT INTO items (k, a, b) VALUES (${k}, 'traced', 1)` }));
    const { info } = await client.batch(queries, { traceQuery: true, prepare: false });
    const traceId = info.traceId;
    if (traceId === undefined) throw new Error('the batch was not traced');
    const trace = await client.metadata.getTrace(traceId);
    expect(trace.requestType).toBe('Execute batch of CQL3 queries');
    expect(trace.parameters).not.toHaveProperty('query');
    const activities = trace.events.map(({ activity }) => activity);
    expect(activities).toEqual(expect.arrayContaining(queries.map(({ query }) => `Parsing ${query}`)));
  });

  test('a counter batch adds up, and mixing it with other tables is refused', async () => {
    await client.execute('CREATE TABLE hits (k text PRIMARY KEY, n counter)');
    const add = { query: 'UPDATE hits SET n = n + ? WHERE k = ?', params: [types.Long.fromNumber(2), 'a'] };
    await client.batch([add, add, add], { prepare: true, counter: true, logged: false });
    expect(String((await client.execute("SELECT n FROM hits WHERE k = 'a'")).first()['n'])).toBe('6');
    const other = { query: 'INSERT INTO items (k) VALUES (?)', params: [1] };
    await expect(client.batch([add, other], { prepare: true })).rejects.toMatchObject({
      code: responseErrorCodes.invalid,
    });
  });

  test('IF NOT EXISTS applies once and shows the row that was in the way', async () => {
    const insert = 'INSERT INTO items (k, a) VALUES (?, ?) IF NOT EXISTS';
    expect((await client.execute(insert, [200, 'first'])).wasApplied()).toBe(true);
    const second = await client.execute(insert, [200, 'second']);
    expect(second.wasApplied()).toBe(false);
    expect(second.first()).toMatchObject({ '[applied]': false, k: 200, a: 'first', b: null });
  });

  test('IF conditions are weighed against the row', async () => {
    await client.execute('INSERT INTO items (k, a, b) VALUES (201, ?, ?)', ['x', 5]);
    const update = 'UPDATE items SET a = ? WHERE k = 201 IF b > ?';
    const refused = await client.execute(update, ['y', 5]);
    expect(refused.first()).toMatchObject({ '[applied]': false, b: 5 });
    expect((await client.execute(update, ['y', 4])).wasApplied()).toBe(true);
    expect((await client.execute('DELETE FROM items WHERE k = 201 IF EXISTS')).wasApplied()).toBe(true);
    expect((await client.execute('DELETE FROM items WHERE k = 201 IF EXISTS')).wasApplied()).toBe(false);
  });

  test('of 40 concurrent conditional inserts exactly one applies', async () => {
    const insert = 'INSERT INTO items (k, b) VALUES (202, ?) IF NOT EXISTS';
    const results = await Promise.all(Array.from({ length: 40 }, (_, i) => client.execute(insert, [i])));
    expect(results.filter((result) => result.wasApplied())).toHaveLength(1);
  });

  test('a conditional batch on one partition applies whole or not at all', async () => {
    const inserts = [1, 2].map((c) => ({
      query: 'INSERT INTO pages (p, c, v) VALUES (?, ?, ?) IF NOT EXISTS',
      params: [77, c, 'x'],
    }));
    expect((await client.batch(inserts, { prepare: true })).wasApplied()).toBe(true);
    const again = inserts.map(({ query, params }) => ({ query, params: [params[0], Number(params[1]) + 1, 'x'] }));
    expect((await client.batch(again, { prepare: true })).wasApplied()).toBe(false);
    expect((await client.execute('SELECT c FROM pages WHERE p = 77')).rows.map((row) => row['c'])).toEqual([1, 2]);
  });
});

describe('errors', () => {
  test('a syntax error says where', async () => {
    expect(await refusal('SELEC * FROM items')).toEqual({
      code: responseErrorCodes.syntaxError,
      message: expect.stringMatching(/^line 1:0 no viable alternative at input 'SELEC'/),
    });
  });

  test.each([
    ['SELECT * FROM nowhere', /^table nowhere does not exist$/],
    ['SELECT missing FROM items', /^Undefined column name missing in table /],
    ["INSERT INTO items (k) VALUES ('text')", /^Invalid STRING constant \(text\) for "k" of type int$/],
    ['SELECT * FROM items WHERE b = 1', /ALLOW FILTERING$/],
    ['UPDATE items SET a = null', /^line 0:-1 mismatched input '<EOF>' expecting K_WHERE$/],
  ])('%s is refused in words', async (query, words) => {
    const { code, message } = await refusal(query);
    expect([responseErrorCodes.invalid, responseErrorCodes.syntaxError]).toContain(code);
    expect(message).toMatch(words);
  });

  test('a table or keyspace that is there already is named in the error', async () => {
    await expect(client.execute(`CREATE TABLE ${keyspace}.items (k int PRIMARY KEY)`)).rejects.toMatchObject({
      code: responseErrorCodes.alreadyExists,
      keyspace,
      table: 'items',
    });
    await expect(createKeyspace(client, keyspace)).rejects.toMatchObject({
      code: responseErrorCodes.alreadyExists,
      keyspace,
    });
  });

  test('too few and too many values are refused', async () => {
    const { code } = await refusal('INSERT INTO items (k, a) VALUES (?, ?)', [1], { hints: ['int'] });
    expect(code).toBe(responseErrorCodes.invalid);
  });
});

describe('the fast lane', () => {
  test('no prepared read or write of one partition enters the slow lane', async (context) => {
    const ceto = cetoOf(target, context);
    const insert = 'INSERT INTO items (k, a, b) VALUES (?, ?, ?)';
    const select = 'SELECT a, b FROM items WHERE k = ?';
    await client.execute(insert, [1_000, 'warm', 0]);
    await client.execute(select, [1_000]);
    const before = await slowLaneRequests(ceto.adminPort);
    for (let k = 1_000; k < 1_500; k++) {
      await client.execute(insert, [k, `a${k}`, k]);
      const row = (await client.execute(select, [k])).first();
      expect([row['a'], row['b']]).toEqual([`a${k}`, k]);
    }
    expect(await slowLaneRequests(ceto.adminPort)).toBe(before);
  });
});

/** The sum over the shards. */
async function slowLaneRequests(adminPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const samples = [...text.matchAll(/^ceto_slow_lane_requests_total(?:\{[^}]*\})? (\S+)$/gm)];
  if (samples.length === 0) throw new Error('the metric ceto_slow_lane_requests_total is not there');
  return samples.reduce((sum, [, value]) => sum + Number(value), 0);
}
