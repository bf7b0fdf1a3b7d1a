import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeTableDescriptor, type KeyspaceMetadata } from '../schema/index.ts';
import { planText, readGolden, schemaOf } from './testing.ts';
import { decodePlan } from './testing-decoder.ts';

/**
 * Plans as files, which the tests of the shard read too: `golden/NAME.cql` is the text, `golden/NAME.bin` the plan,
 * `golden/TABLE.table` the descriptor of a table. CETO_UPDATE_GOLDEN=1 writes them anew.
 */
const FOLDER = new URL('./golden/', import.meta.url);
const UPDATE = process.env['CETO_UPDATE_GOLDEN'] === '1';

const recording = readGolden<{ keyspace: string; schema: string[] }>('./metadata.golden.json');
const schema = schemaOf(recording);
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.cql') && file !== 'schema.cql')
  .map((file) => file.slice(0, -'.cql'.length));

function same(name: string, bytes: Uint8Array): void {
  const file = new URL(name, FOLDER);
  if (UPDATE) writeFileSync(file, bytes);
  expect(Buffer.from(bytes).toString('hex')).toBe(readFileSync(file).toString('hex'));
}

describe('a statement is planned to the bytes kept in golden', () => {
  test.each(names)('%s', (name) => {
    const text = readFileSync(new URL(`${name}.cql`, FOLDER), 'utf8');
    const plan = planText(schema, recording.keyspace, text);
    if (!('bytes' in plan)) throw new Error(`${name} is no data statement`);
    same(`${name}.bin`, plan.bytes);
  });

  test('tables have the descriptors kept beside the plans', () => {
    const keyspace = schema.keyspace(recording.keyspace) as KeyspaceMetadata;
    for (const table of keyspace.tables.values()) {
      same(`${table.name}.table`, encodeTableDescriptor(table, keyspace));
    }
  });
});

describe('a plan in golden reads back whole', () => {
  test.each(names)('%s', (name) => {
    expect(decodePlan(readFileSync(new URL(`${name}.bin`, FOLDER)))).toMatchObject({ version: 1 });
  });
});
