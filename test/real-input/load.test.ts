import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folderOf, type Prepared } from '../clients/client-cache.ts';
import { cqlsh } from '../clients/cqlsh/cqlsh.ts';
import { connectNodeDriver, createKeyspace } from '../clients/node-driver/connect.ts';
import { prepareCqlsh } from '../clients/python/python-client.ts';
import { startTarget, type Target, uniqueKeyspace } from '../clients/target.ts';
import { writeCsv } from './csv.ts';
import { airports, createTable, flights, movies, routes, weather } from './data-sets.ts';
import { expectSameRows, readWithNode, readWithPython } from './read-back.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/load-flights/load.sh');
const LOAD_TIMEOUT_MS = 120_000;
const keyspace = uniqueKeyspace('real_input');
let prepared: Prepared = { missing: 'not prepared yet' };
let target: Target;
let client: cassandra.Client;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'ceto-real-input-'));
  prepared = await prepareCqlsh();
  target = await startTarget();
  client = await connectNodeDriver(target);
  await createKeyspace(client, keyspace);
}, 420_000);

afterAll(async () => {
  await client?.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
  await client?.execute('DROP KEYSPACE IF EXISTS flights');
  await client?.shutdown();
  await target?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

test(
  'the example loads airports and routes as its README says, and they come back whole',
  async (context) => {
    const folder = folderOf(prepared, context);
    const { stdout } = await promisify(execFile)(EXAMPLE, [target.host, String(target.port)], {
      env: { ...process.env, CQLSH: join(folder, 'bin/cqlsh'), HOME: scratch },
      cwd: scratch,
    });
    expect(stdout).toContain('3376 rows imported from 1 files');
    expect(stdout).toContain('5366 rows imported from 1 files');
    expect(stdout).toMatch(/Seattle-Tacoma Intl \| Seattle \| {4}WA \| 47\.4489/);
    for (const set of [airports(), routes()]) {
      expectSameRows(await readWithNode(client, `flights.${set.name}`, set), set);
      expectSameRows(await readWithPython(folder, target, `flights.${set.name}`, set), set);
    }
  },
  LOAD_TIMEOUT_MS,
);

test.for([weather(), movies(), flights()])(
  '$name, loaded by COPY FROM, come back value for value through two drivers',
  { timeout: LOAD_TIMEOUT_MS },
  async (set, context) => {
    const folder = folderOf(prepared, context);
    const table = `${keyspace}.${set.name}`;
    const file = join(scratch, `${set.name}.csv`);
    writeFileSync(file, writeCsv(set.rows));
    await client.execute(createTable(keyspace, set));
    const columns = set.columns.map(([name]) => name).join(', ');
    const format = `ESCAPE = '"' AND DATETIMEFORMAT = '%Y-%m-%dT%H:%M:%S.%fZ'`;
    const output = await cqlsh(folder, target, `COPY ${table} (${columns}) FROM '${file}' WITH ${format};`);
    expect(output).toContain(`${set.rows.length} rows imported from 1 files`);
    expectSameRows(await readWithNode(client, table, set), set);
    expectSameRows(await readWithPython(folder, target, table, set), set);
  },
);
