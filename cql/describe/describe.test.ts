import { expect, describe as suite, test } from 'vitest';
import type { Describe } from '../ast/index.ts';
import { parse } from '../parser/index.ts';
import { Schema, SYSTEM_SCHEMAS } from '../schema/index.ts';
import { recordedResult, recordedSchema, schemaOf } from '../schema/testing.ts';
import { type DescribeContext, type DescribeResult, describe } from './index.ts';

const recorded = recordedSchema();
const schema = new Schema([...SYSTEM_SCHEMAS.keyspaces.values(), ...recordedResult(recorded).keyspaces.values()]);
const cluster = {
  name: 'test',
  partitioner: 'Murmur3Partitioner',
  snitch: 'SimpleSnitch',
  tokens: ['-5', '7'],
  endpoint: '/127.0.0.1:7000',
};

function run(cql: string, keyspace: string | null = null): DescribeResult {
  const context: DescribeContext = { schema, keyspace, cluster };
  return describe(parse(cql).statement as Describe, context);
}

suite('DESCRIBE', () => {
  test.each(Object.keys(recorded.describe))('%s prints what Cassandra 5.0.6 printed', (cql) => {
    const rows = recorded.describe[cql] ?? [];
    expect(rows.length).toBeGreaterThan(2);
    expect(run(cql).rows).toEqual(rows);
  });

  test("CLUSTER tells who owns the ranges of a keyspace that is in use and not the system's", () => {
    const names = ['test', 'Murmur3Partitioner', 'SimpleSnitch'];
    const plain = { columns: ['cluster', 'partitioner', 'snitch'], rows: [names] };
    expect(run('DESCRIBE CLUSTER')).toEqual(plain);
    expect(run('DESCRIBE CLUSTER', 'system_auth')).toEqual(plain);
    const endpoints = ['/127.0.0.1:7000'];
    expect(run('DESCRIBE CLUSTER', 'cdl')).toEqual({
      columns: [...plain.columns, 'range_ownership'],
      rows: [
        [
          ...names,
          [
            ['-5', endpoints],
            ['7', endpoints],
          ],
        ],
      ],
    });
  });

  test('virtual tables are shown as a comment', () => {
    const { rows } = run('DESCRIBE TABLE system_virtual_schema.tables');
    expect(rows[0]?.[3]).toBe(
      '/*\nWarning: Table system_virtual_schema.tables is a virtual table and cannot be recreated with CQL.\n' +
        'Structure, for reference:\nVIRTUAL TABLE system_virtual_schema.tables (\n    keyspace_name text,\n' +
        '    table_name text,\n    comment text,\n    PRIMARY KEY (keyspace_name, table_name)\n' +
        ") WITH CLUSTERING ORDER BY (table_name ASC)\n    AND comment = 'virtual table definitions';\n*/",
    );
  });
});

suite('DESCRIBE of lists, of one keyspace and of what is not there', () => {
  test('lists sort names without regard to case', () => {
    const names = run('DESCRIBE TABLES', 'system').rows.map((row) => row[2]);
    expect(names.slice(4, 8)).toEqual(['compaction_history', '"IndexInfo"', 'local', 'paxos']);
    expect(run('DESCRIBE KEYSPACES').rows.map((row) => row[0])).toEqual(
      ['cdl', 'cdl2', 'system', 'system_auth', 'system_distributed', 'system_schema', 'system_traces'].concat([
        'system_views',
        'system_virtual_schema',
      ]),
    );
  });

  test('a keyspace shows a type after those it is made of, a list of types by name', () => {
    const types = ['CREATE TYPE k.zz (a int)', 'CREATE TYPE k.bb (z frozen<zz>)', 'CREATE TYPE k.aa (b frozen<bb>)'];
    const keyspace = "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}";
    const context = { schema: schemaOf([keyspace, ...types]), keyspace: null, cluster };
    const names = (cql: string): unknown[] =>
      describe(parse(cql).statement as Describe, context).rows.map((row) => row[2]);
    expect(names('DESCRIBE KEYSPACE k')).toEqual(['k', 'zz', 'bb', 'aa']);
    expect(names('DESCRIBE TYPES')).toEqual(['aa', 'bb', 'zz']);
  });

  test('SCHEMA leaves system keyspaces out, FULL SCHEMA does not', () => {
    const keyspaces = (cql: string): Set<unknown> => new Set(run(cql).rows.map((row) => row[0]));
    expect(keyspaces('DESCRIBE SCHEMA')).toEqual(new Set(['cdl', 'cdl2']));
    expect(keyspaces('DESCRIBE FULL SCHEMA').size).toBe(9);
  });

  test('CLUSTER gives one row', () => {
    expect(run('DESCRIBE CLUSTER')).toEqual({
      columns: ['cluster', 'partitioner', 'snitch'],
      rows: [['test', 'Murmur3Partitioner', 'SimpleSnitch']],
    });
  });

  test.each([
    ['DESCRIBE KEYSPACE nosuch', null, "'nosuch' not found in keyspaces"],
    ['DESCRIBE TABLE cdl.nosuch', null, "Table 'nosuch' not found in keyspace 'cdl'"],
    ['DESCRIBE TABLE nosuch.nosuch', null, "'nosuch' not found in keyspaces"],
    ['DESCRIBE TABLE nokeyspace', null, 'No keyspace specified and no current keyspace'],
    ['DESCRIBE TYPE cdl.nosuch', null, "User defined type 'nosuch' not found in 'cdl'"],
    ['DESCRIBE INDEX cdl.nosuch', null, "Table for existing index 'nosuch' not found in 'cdl'"],
    ['DESCRIBE MATERIALIZED VIEW cdl.nosuch', null, "Materialized view 'nosuch' not found in 'cdl'"],
    ['DESCRIBE FUNCTION cdl.nosuch', null, "User defined function 'nosuch' not found in 'cdl'"],
    ['DESCRIBE AGGREGATE cdl.nosuch', null, "User defined aggregate 'nosuch' not found in 'cdl'"],
    ['DESCRIBE nosuch', null, "'nosuch' not found in keyspaces"],
    ['DESCRIBE nosuch', 'cdl', "'nosuch' not found in keyspace 'cdl'"],
    ['DESCRIBE cdl.nosuch', null, "'nosuch' not found in keyspace 'cdl'"],
    ['DESCRIBE KEYSPACE', null, 'No keyspace specified and no current keyspace'],
  ])('%s with keyspace %s is refused', (cql, keyspace, message) => {
    expect(() => run(cql, keyspace)).toThrow(message);
  });
});
