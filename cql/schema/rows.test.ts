import { describe, expect, test } from 'vitest';
import { toHex } from '../types/index.ts';
import { keyspaceFromJson, keyspaceToJson, SYSTEM_SCHEMAS, systemSchemaRows } from './index.ts';
import { recordedResult, recordedSchema } from './testing.ts';

const recorded = recordedSchema();

/** Our value in the form that the recording has. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $hex: toHex(value) };
  if (value instanceof Map) return { $map: [...value].map(([name, inner]) => [name, plain(inner)]).sort() };
  if (typeof value === 'bigint') return new Date(Number(value)).toISOString().slice(0, 19).replace('T', ' ');
  return value;
}

function fromRecording(value: unknown): unknown {
  if (value !== null && typeof value === 'object') {
    if ('$set' in value) return value.$set;
    if ('$map' in value) return { $map: [...(value.$map as unknown[])].sort() };
  }
  return value;
}

describe('rows of system_schema', () => {
  const rows = systemSchemaRows(recordedResult(recorded));

  test.each(['keyspaces', 'tables', 'columns', 'types', 'dropped_columns'])('%s are those of Cassandra', (table) => {
    const key = (row: object): string => JSON.stringify([row]);
    const ours = rows
      .filter((row) => row.table === table)
      .map((row) =>
        Object.fromEntries(
          Object.entries(row.values)
            .sort()
            .map(([name, value]) => [name, plain(value)]),
        ),
      );
    const theirs = (recorded.rows[table] ?? []).map((row) =>
      Object.fromEntries(
        Object.entries(row)
          .sort()
          .map(([name, value]) => [name, fromRecording(value)]),
      ),
    );
    expect(theirs.length).toBeGreaterThan(1);
    expect(ours.sort((a, b) => (key(a) < key(b) ? -1 : 1))).toEqual(theirs.sort((a, b) => (key(a) < key(b) ? -1 : 1)));
  });

  test('describe virtual keyspaces in system_virtual_schema only', () => {
    const all = systemSchemaRows(SYSTEM_SCHEMAS);
    const virtual = all.filter((row) => row.values.keyspace_name === 'system_virtual_schema');
    expect(virtual.length).toBeGreaterThan(10);
    expect(virtual.every((row) => row.keyspace === 'system_virtual_schema')).toBe(true);
  });
});

describe('keyspaces as JSON', () => {
  test('come back as they were stored, every system keyspace and the recorded ones', () => {
    const keyspaces = [...SYSTEM_SCHEMAS.keyspaces.values(), ...recordedResult(recorded).keyspaces.values()];
    for (const keyspace of keyspaces) {
      const stored = JSON.parse(JSON.stringify(keyspaceToJson(keyspace)));
      expect(keyspaceFromJson(stored)).toEqual(keyspace);
    }
  });

  test('of an unknown format are refused', () => {
    expect(() => keyspaceFromJson({ format: 99 })).toThrow('Unknown format 99');
  });
});
