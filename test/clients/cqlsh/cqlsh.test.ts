import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { folderOf, type Prepared } from '../client-cache.ts';
import { prepareCqlsh } from '../python/python-client.ts';
import { startTarget, type Target, uniqueKeyspace } from '../target.ts';
import { cqlsh, runCqlsh } from './cqlsh.ts';

const keyspace = uniqueKeyspace('cqlsh');
const REPLICATION = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
const PAGED_ROWS = 37;
let prepared: Prepared = { missing: 'not prepared yet' };
let target: Target;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'ceto-copy-'));
  prepared = await prepareCqlsh();
  if ('missing' in prepared) return;
  target = await startTarget();
  await cqlsh(prepared.folder, target, schema());
}, 420_000);

afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  if ('missing' in prepared) return;
  await cqlsh(prepared.folder, target, `DROP KEYSPACE IF EXISTS ${keyspace};`);
  await target.stop();
});

function schema(): string {
  const paged = Array.from({ length: PAGED_ROWS }, (_, c) => `INSERT INTO paged (p, c) VALUES (1, ${c});`);
  return `
    CREATE KEYSPACE ${keyspace} WITH replication = ${REPLICATION} AND durable_writes = true;
    USE ${keyspace};
    CREATE TYPE address (street text, number int);
    CREATE TABLE people (id uuid, born date, name text, home frozen<address>, phones map<text, text>,
      weights list<double>, tags set<text>, counted bigint, "Mixed Case" boolean, data blob, at timestamp,
      region text static, PRIMARY KEY (id, born)) WITH CLUSTERING ORDER BY (born DESC)
      AND comment = 'those we know' AND gc_grace_seconds = 3600 AND default_time_to_live = 0
      AND compaction = {'class': 'SizeTieredCompactionStrategy', 'min_threshold': 6};
    CREATE TABLE paged (p int, c int, PRIMARY KEY (p, c));
    CREATE TABLE hits (page text PRIMARY KEY, n counter);
    ${paged.join('\n')}`;
}

const shell = (context: TestContext, script: string, options?: readonly string[]) =>
  cqlsh(folderOf(prepared, context), target, script, options);

test('SHOW VERSION names Cassandra 5.0 and protocol v5', async (context) => {
  expect(await shell(context, 'SHOW VERSION;')).toMatch(
    /^\[cqlsh 6\.2\.2 \| Cassandra 5\.0\.\d+ \| CQL spec 3\.4\.7 \| Native protocol v5\]$/m,
  );
});

test.for([3, 4])('connects with protocol version %i too', async (version, context) => {
  expect(await shell(context, 'SHOW VERSION;', [`--protocol-version=${version}`])).toContain(
    `Native protocol v${version}`,
  );
});

test('rows are printed with their types, Unicode and nulls', async (context) => {
  const output = await shell(
    context,
    `USE ${keyspace};
    INSERT INTO people (id, born, name, home, phones, weights, tags, counted, "Mixed Case", data, at, region)
      VALUES (11111111-2222-4333-8444-555555555555, '1984-02-29', 'Zoë ☃', {street: 'Åvägen', number: 17},
        {'home': '1', 'work': '2'}, [80.5, 79], {'b', 'a'}, 9007199254740993, true, 0x00ff, '2024-02-29T12:34:56.789Z', 'north');
    SELECT name, home, phones, weights, tags, counted, "Mixed Case", data, at, region FROM people;
    UPDATE hits SET n = n + 3 WHERE page = 'a';
    SELECT * FROM hits;`,
  );
  expect(output).toContain("Zoë ☃ | {street: 'Åvägen', number: 17} | {'home': '1', 'work': '2'} |");
  expect(output).toContain("[80.5, 79] | {'a', 'b'} | 9007199254740993 |       True | 0x00ff |");
  expect(output).toContain('2024-02-29 12:34:56.789000+0000 |  north');
  expect(output).toMatch(/ page \| n\n-+\+-+\n {4}a \| 3\n/);
});

test('EXPAND ON prints a row a block', async (context) => {
  const output = await shell(context, `EXPAND ON; SELECT p, c FROM ${keyspace}.paged WHERE p = 1 AND c = 5;`);
  expect(output).toContain('@ Row 1\n---+---\n p | 1\n c | 5\n');
});

test('PAGING of ten rows prints every row once', async (context) => {
  const output = await shell(context, `PAGING 10; SELECT c FROM ${keyspace}.paged WHERE p = 1;`);
  const printed = [...output.matchAll(/^ +(\d+)$/gm)].map(([, c]) => Number(c));
  expect(printed).toEqual(Array.from({ length: PAGED_ROWS }, (_, c) => c));
  expect(output).toContain(`(${PAGED_ROWS} rows)`);
});

test('TRACING OFF, CONSISTENCY and SERIAL CONSISTENCY work', async (context) => {
  const output = await shell(
    context,
    `TRACING OFF; CONSISTENCY QUORUM; SERIAL CONSISTENCY LOCAL_SERIAL; CONSISTENCY;
    INSERT INTO ${keyspace}.paged (p, c) VALUES (2, 1) IF NOT EXISTS;`,
  );
  expect(output).toContain('TRACING is already OFF');
  expect(output).toContain('Consistency level set to QUORUM.\nSerial consistency level set to LOCAL_SERIAL.');
  expect(output).toContain('Current consistency level is QUORUM.');
  expect(output).toMatch(/\[applied\]\n-+\n +True/);
});

test('DESCRIBE lists and prints what was created', async (context) => {
  const output = await shell(
    context,
    `DESCRIBE KEYSPACES; USE ${keyspace}; DESCRIBE TABLES; DESCRIBE TYPES; DESCRIBE TYPE address; DESCRIBE CLUSTER;`,
  );
  expect(output).toMatch(/\bsystem_schema\b/);
  expect(output).toMatch(/\bhits\s+paged\s+people\b/);
  expect(output).toContain(`CREATE TYPE ${keyspace}.address (\n    street text,\n    number int\n);`);
  expect(output).toMatch(/Cluster: .+\nPartitioner: Murmur3Partitioner\nSnitch: /);
});

test('DESCRIBE TABLE prints the table with all of its options', async (context) => {
  const output = await shell(context, `DESCRIBE TABLE ${keyspace}.people;`);
  expect(output.trim()).toBe(`CREATE TABLE ${keyspace}.people (
    id uuid,
    born date,
    region text static,
    "Mixed Case" boolean,
    at timestamp,
    counted bigint,
    data blob,
    home frozen<address>,
    name text,
    phones map<text, text>,
    tags set<text>,
    weights list<double>,
    PRIMARY KEY (id, born)
) WITH CLUSTERING ORDER BY (born DESC)
    AND additional_write_policy = '99p'
    AND allow_auto_snapshot = true
    AND bloom_filter_fp_chance = 0.01
    AND caching = {'keys': 'ALL', 'rows_per_partition': 'NONE'}
    AND cdc = false
    AND comment = 'those we know'
    AND compaction = {'class': 'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy', 'max_threshold': '32', 'min_threshold': '6'}
    AND compression = {'chunk_length_in_kb': '16', 'class': 'org.apache.cassandra.io.compress.LZ4Compressor'}
    AND memtable = 'default'
    AND crc_check_chance = 1.0
    AND default_time_to_live = 0
    AND extensions = {}
    AND gc_grace_seconds = 3600
    AND incremental_backups = true
    AND max_index_interval = 2048
    AND memtable_flush_period_in_ms = 0
    AND min_index_interval = 128
    AND read_repair = 'BLOCKING'
    AND speculative_retry = '99p';`);
});

test('what DESCRIBE KEYSPACE prints, run by SOURCE, makes the same keyspace again', async (context) => {
  const copy = `${keyspace}_copy`;
  const described = await shell(context, `DESCRIBE KEYSPACE ${keyspace};`);
  const script = join(scratch, 'schema.cql');
  writeFileSync(script, described.replaceAll(keyspace, copy));
  const again = await shell(context, `SOURCE '${script}'; DESCRIBE KEYSPACE ${copy}; DROP KEYSPACE ${copy};`);
  expect(again.replaceAll(copy, keyspace).trim()).toBe(described.trim());
});

test('DESCRIBE of what is not there says so', async (context) => {
  const { stderr, code } = await runCqlsh(folderOf(prepared, context), target, `DESCRIBE TABLE ${keyspace}.nothing;`);
  expect(stderr).toContain(`'nothing' not found in keyspace '${keyspace}'`);
  expect(code).toBe(2);
});

test('errors come with their place in the script, their code and their words', async (context) => {
  const script = `SELEC 1;\nSELECT * FROM ${keyspace}.nowhere;\nCREATE TABLE ${keyspace}.hits (a int PRIMARY KEY);\nSHOW HOST;`;
  const { stdout, stderr, code } = await runCqlsh(folderOf(prepared, context), target, script);
  // cqlsh names the line after the statement's last.
  expect(stderr.trim().split('\n')).toEqual([
    "script.cql:2:SyntaxException: line 1:0 no viable alternative at input 'SELEC' ([SELEC]...)",
    'script.cql:3:InvalidRequest: Error from server: code=2200 [Invalid query] message="table nowhere does not exist"',
    `script.cql:4:AlreadyExists: Table '${keyspace}.hits' already exists`,
  ]);
  expect(stdout).toContain(`at ${target.host}:${target.port}`);
  expect(code).toBe(2);
});

test('COPY TO and COPY FROM keep every value', async (context) => {
  const [first, second] = [join(scratch, 'first.csv'), join(scratch, 'second.csv')];
  const rows = Array.from({ length: 40 }, (_, i) => {
    const id = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
    const name = i % 5 === 0 ? 'null' : `'quote "${i}", comma, semicolon; and ''apostrophe'''`;
    return `INSERT INTO ${keyspace}.people (id, born, name, home, phones, weights, tags, counted, "Mixed Case", data, at)
      VALUES (${id}, '20${10 + (i % 90)}-01-02', ${name}, {street: 's ${i}', number: ${i}}, {'a': '${i}', 'b': 'x, y'},
        [${i}.5, -1], {'t${i}', 'u'}, ${i}00000000001, ${i % 2 === 0}, 0x0${i % 10}ff, '2024-02-29T12:34:56.${100 + i}Z');`;
  });
  const columns = 'id, born, name, home, phones, weights, tags, counted, "Mixed Case", data, at';
  await shell(
    context,
    `TRUNCATE ${keyspace}.people;
    ${rows.join('\n')}
    COPY ${keyspace}.people (${columns}) TO '${first}' WITH HEADER = true AND NUMPROCESSES = 2;
    TRUNCATE ${keyspace}.people;`,
  );
  const output = await shell(
    context,
    `COPY ${keyspace}.people (${columns}) FROM '${first}' WITH HEADER = true AND NUMPROCESSES = 2;
    COPY ${keyspace}.people (${columns}) TO '${second}' WITH HEADER = true AND NUMPROCESSES = 2;`,
  );
  expect(output).toContain('40 rows imported from 1 files');
  const sorted = (path: string) => readFileSync(path, 'utf8').trim().split(/\r?\n/).sort();
  expect(sorted(second)).toEqual(sorted(first));
  expect(sorted(first)).toHaveLength(41);
}, 90_000);
