/** Whole tables read back in pages through two drivers, as plain values to compare with their source. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import cassandra from 'cassandra-driver';
import { expect } from 'vitest';
import type { Target } from '../clients/target.ts';
import type { DataSet, Value } from './data-sets.ts';

/** No divisor of any table's size, so that the last page is a part of one. */
const PAGE_SIZE = 499;
const { types } = cassandra;

function plain(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof types.Long) return value.toNumber();
  if (value instanceof types.LocalDate) return value.toString();
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new Error(`a value of an unexpected kind: ${String(value)}`);
}

export async function readWithNode(client: cassandra.Client, table: string, set: DataSet): Promise<Value[][]> {
  const names = set.columns.map(([name]) => name);
  const query = `SELECT ${names.join(', ')} FROM ${table}`;
  const rows: Value[][] = [];
  const stream = client.stream(query, [], { prepare: true, fetchSize: PAGE_SIZE }) as unknown as Readable;
  for await (const row of stream) rows.push(names.map((name) => plain(row[name])));
  return rows;
}

/** `folder` is the virtual environment with the Python driver. */
export async function readWithPython(folder: string, target: Target, table: string, set: DataSet): Promise<Value[][]> {
  const { stdout } = await promisify(execFile)(
    join(folder, 'bin/python'),
    [join(import.meta.dirname, 'read_table.py'), table, ...set.columns.map(([name]) => name)],
    {
      env: { ...process.env, CETO_HOST: target.host, CETO_PORT: String(target.port), PYTHONDONTWRITEBYTECODE: '1' },
      maxBuffer: 256 << 20,
    },
  );
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Value[]);
}

/** Every value of every row is the source's; the order of partitions is the server's. */
export function expectSameRows(read: readonly Value[][], set: DataSet): void {
  const keyed = (rows: DataSet['rows']) => rows.map((row) => JSON.stringify(row)).sort();
  expect(read).toHaveLength(set.rows.length);
  expect(keyed(read)).toEqual(keyed(set.rows));
}
