import { describe, expect, it } from 'vitest';
import type { Statement } from '../ast/index.ts';
import { CqlSyntaxError, parse } from './index.ts';

const INT = { kind: 'NativeType', name: 'int' };
const TEXT = { kind: 'NativeType', name: 'text' };
const table = (name: string, keyspace: string | null = null) => ({ keyspace, name });
const properties = (...entries: [string, unknown][]) => new Map(entries);

/** Statements of definition and access control, with what they must contain. */
const STATEMENTS: readonly (readonly [text: string, expected: object])[] = [
  [
    "CREATE KEYSPACE IF NOT EXISTS ks WITH Replication = {'class': 'X', 'n': 1} AND durable_writes = TRUE",
    {
      kind: 'CreateKeyspace',
      keyspace: 'ks',
      ifNotExists: true,
      properties: properties(
        [
          'replication',
          new Map([
            ['class', 'X'],
            ['n', '1'],
          ]),
        ],
        ['durable_writes', 'TRUE'],
      ),
    },
  ],
  ['ALTER KEYSPACE IF EXISTS ks WITH a = b.c', {}],
  ['ALTER KEYSPACE ks WITH a = 1.50', { kind: 'AlterKeyspace', properties: properties(['a', '1.50']) }],
  ['DROP KEYSPACE ks', { kind: 'DropKeyspace', keyspace: 'ks', ifExists: false }],
  [
    "CREATE TABLE ks.t (a int, b text STATIC, c int MASKED WITH DEFAULT, PRIMARY KEY ((a, b), c),) WITH COMPACT STORAGE AND CLUSTERING ORDER BY (c DESC) AND comment = 'x' AND compact = keys",
    {
      kind: 'CreateTable',
      table: table('t', 'ks'),
      ifNotExists: false,
      columns: [
        { name: 'a', type: INT, isStatic: false, mask: null },
        { name: 'b', type: TEXT, isStatic: true, mask: null },
        { name: 'c', type: INT, isStatic: false, mask: { function: table('mask_default', 'system'), args: [] } },
      ],
      partitionKeys: [['a', 'b']],
      clusteringColumns: ['c'],
      compactStorage: true,
      clusteringOrder: [{ column: 'c', direction: 'DESC' }],
      properties: properties(['comment', 'x'], ['compact', 'keys']),
    },
  ],
  ['CREATE COLUMNFAMILY t (a int PRIMARY KEY)', { partitionKeys: [['a']], clusteringColumns: [] }],
  [
    'CREATE TABLE t (a text MASKED WITH ks.default(1, null) PRIMARY KEY)',
    { columns: [{ mask: { function: table('default', 'ks'), args: [{}, { kind: 'Null' }] } }] },
  ],
  ['ALTER TABLE t ALTER a TYPE int', { alteration: { kind: 'AlterColumnType', column: 'a', type: INT } }],
  [
    'ALTER TABLE IF EXISTS t ALTER IF EXISTS a DROP MASKED',
    { ifExists: true, alteration: { kind: 'MaskColumn', column: 'a', mask: null, ifExists: true } },
  ],
  [
    'ALTER TABLE t ADD IF NOT EXISTS (a int, b text STATIC)',
    {
      alteration: {
        kind: 'AddColumns',
        ifNotExists: true,
        columns: [
          { name: 'a', type: INT, isStatic: false },
          { name: 'b', type: TEXT, isStatic: true },
        ],
      },
    },
  ],
  [
    'ALTER TABLE t DROP IF EXISTS a USING TIMESTAMP 5',
    { alteration: { kind: 'DropColumns', columns: ['a'], timestamp: '5', ifExists: true } },
  ],
  ['ALTER TABLE t DROP COMPACT STORAGE', { alteration: { kind: 'DropCompactStorage' } }],
  ['ALTER TABLE t DROP compact', { alteration: { kind: 'DropColumns', columns: ['compact'] } }],
  [
    'ALTER TABLE t RENAME a TO b AND c TO d',
    {
      alteration: {
        kind: 'RenameColumns',
        renames: [
          { from: 'a', to: 'b' },
          { from: 'c', to: 'd' },
        ],
      },
    },
  ],
  [
    "ALTER TABLE t WITH comment = 'x'",
    { alteration: { kind: 'SetProperties', properties: properties(['comment', 'x']) } },
  ],
  ['DROP TABLE IF EXISTS ks.t', { kind: 'DropTable', table: table('t', 'ks'), ifExists: true }],
  [
    'CREATE TYPE ks.u (a int, b text)',
    { kind: 'CreateType', type: table('u', 'ks'), fields: [{ name: 'a' }, { name: 'b' }] },
  ],
  ['ALTER TYPE u ADD IF NOT EXISTS a int', { alteration: { kind: 'AddField', ifNotExists: true } }],
  ['ALTER TYPE u RENAME a TO b', { alteration: { kind: 'RenameFields', renames: [{ from: 'a', to: 'b' }] } }],
  ['ALTER TYPE u ALTER a TYPE text', { alteration: { kind: 'AlterFieldType', field: 'a', type: TEXT } }],
  ['DROP TYPE u', { kind: 'DropType', type: table('u') }],
  [
    "CREATE CUSTOM INDEX IF NOT EXISTS i ON t (a, keys(b), values, FULL(c)) USING 'sai' WITH OPTIONS = {'a': 'b'}",
    {
      kind: 'CreateIndex',
      custom: true,
      ifNotExists: true,
      name: 'i',
      targets: [
        { column: 'a', target: 'simple' },
        { column: 'b', target: 'keys' },
        { column: 'values', target: 'simple' },
        { column: 'c', target: 'full' },
      ],
      className: 'sai',
      properties: properties(['options', new Map([['a', 'b']])]),
    },
  ],
  ['CREATE INDEX ON t (a)', { custom: false, name: null, className: null }],
  ['DROP INDEX ks.i', { kind: 'DropIndex', index: table('i', 'ks') }],
  [
    'CREATE MATERIALIZED VIEW v AS SELECT a FROM t WHERE a IS NOT NULL PRIMARY KEY (a, b) WITH CLUSTERING ORDER BY (b ASC)',
    {
      kind: 'CreateMaterializedView',
      view: table('v'),
      baseTable: table('t'),
      selectors: [{ selectable: { name: 'a' } }],
      where: { relations: [{ kind: 'IsNotNullRelation' }] },
      partitionKey: ['a'],
      clusteringColumns: ['b'],
      clusteringOrder: [{ column: 'b', direction: 'ASC' }],
    },
  ],
  ['ALTER MATERIALIZED VIEW v WITH gc_grace_seconds = 1', { kind: 'AlterMaterializedView' }],
  ['DROP MATERIALIZED VIEW IF EXISTS v', { kind: 'DropMaterializedView', ifExists: true }],
  [
    "CREATE OR REPLACE FUNCTION ks.f (a int, b text) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE JavaScript AS $$ 'x' $$",
    {
      kind: 'CreateFunction',
      function: table('f', 'ks'),
      orReplace: true,
      args: [
        { name: 'a', type: INT },
        { name: 'b', type: TEXT },
      ],
      calledOnNullInput: false,
      returnType: INT,
      language: 'javascript',
      body: " 'x' ",
    },
  ],
  ['DROP FUNCTION f', { kind: 'DropFunction', argTypes: null }],
  ['DROP FUNCTION IF EXISTS f()', { argTypes: [], ifExists: true }],
  [
    'CREATE AGGREGATE a(int) SFUNC f STYPE tuple<int, text> FINALFUNC g INITCOND (0, 1)',
    {
      kind: 'CreateAggregate',
      argTypes: [INT],
      stateFunction: 'f',
      stateType: { kind: 'TupleType' },
      finalFunction: 'g',
      initialCondition: { kind: 'TupleLiteral' },
    },
  ],
  ['DROP AGGREGATE a(int)', { kind: 'DropAggregate', argTypes: [INT] }],
  [
    "CREATE TRIGGER tr ON ks.t USING 'c'",
    { kind: 'CreateTrigger', trigger: 'tr', table: table('t', 'ks'), className: 'c' },
  ],
  ['DROP TRIGGER IF EXISTS tr ON t', { kind: 'DropTrigger', trigger: 'tr', ifExists: true }],
  ['TRUNCATE TABLE ks.t', { kind: 'Truncate', table: table('t', 'ks') }],
  ['USE "KS"', { kind: 'Use', keyspace: 'KS' }],
  [
    "CREATE ROLE 'R' WITH PASSWORD = 'p' AND LOGIN = true AND OPTIONS = {'a': 1} AND ACCESS TO DATACENTERS {'d'} AND ACCESS FROM ALL CIDRS",
    {
      kind: 'CreateRole',
      role: 'R',
      options: {
        password: 'p',
        hashedPassword: null,
        superuser: false,
        login: true,
        options: new Map([['a', '1']]),
        datacenters: ['d'],
        cidrs: 'ALL',
      },
    },
  ],
  ['ALTER ROLE r', { kind: 'AlterRole', options: { superuser: null, login: null, datacenters: null } }],
  ['DROP ROLE IF EXISTS r', { kind: 'DropRole', role: 'r', ifExists: true }],
  [
    "CREATE USER Foo WITH PASSWORD 'p' SUPERUSER",
    { kind: 'CreateRole', role: 'Foo', options: { login: true, superuser: true } },
  ],
  ["ALTER USER u WITH HASHED PASSWORD 'p' NOSUPERUSER", { options: { hashedPassword: 'p', superuser: false } }],
  ['DROP USER u', { kind: 'DropRole' }],
  [
    'GRANT MODIFY PERMISSION, SELECT ON ks.t TO r',
    {
      kind: 'GrantPermissions',
      permissions: ['SELECT', 'MODIFY'],
      resource: { kind: 'Table', table: table('t', 'ks') },
      grantee: 'r',
    },
  ],
  ['GRANT ALL ON ROLE x TO r', { permissions: ['ALTER', 'DROP', 'AUTHORIZE', 'DESCRIBE'] }],
  [
    'REVOKE SELECT ON ALL TABLES IN KEYSPACE ks FROM r',
    { resource: { kind: 'AllTables', keyspace: 'ks' }, revokee: 'r' },
  ],
  ['GRANT EXECUTE ON FUNCTION ks.f(int) TO r', { resource: { kind: 'Function', argTypes: [INT] } }],
  ['GRANT EXECUTE ON ALL FUNCTIONS TO r', { resource: { kind: 'AllFunctions', keyspace: null } }],
  ["GRANT SELECT ON MBEAN 'd:b=2,a=1' TO r", { resource: { kind: 'MBean', objectName: 'd:a=1,b=2' } }],
  ["GRANT SELECT ON MBEANS 'd:*' TO r", { resource: { kind: 'MBean', objectName: 'd:*' } }],
  ['GRANT SELECT ON role TO r', { resource: { kind: 'Table', table: table('role') } }],
  ['GRANT a TO b', { kind: 'GrantRole', role: 'a', grantee: 'b' }],
  ['REVOKE ALL FROM b', { kind: 'RevokeRole', role: 'all', revokee: 'b' }],
  [
    'LIST ALL PERMISSIONS OF r NORECURSIVE',
    { kind: 'ListPermissions', resource: null, grantee: 'r', recursive: false },
  ],
  ['LIST ROLES OF r', { kind: 'ListRoles', grantee: 'r', recursive: true }],
  ['LIST USERS', { kind: 'ListUsers' }],
  ["ADD IDENTITY IF NOT EXISTS 'i' TO ROLE 'r'", { kind: 'AddIdentity', identity: 'i', role: 'r', ifNotExists: true }],
  ["DROP IDENTITY 'i'", { kind: 'DropIdentity', identity: 'i' }],
  ['DESCRIBE CLUSTER WITH INTERNALS', { kind: 'Describe', target: { kind: 'Cluster' }, withInternals: true }],
  ['DESC FULL SCHEMA', { target: { kind: 'Schema', full: true } }],
  ['DESC KEYSPACE', { target: { kind: 'Keyspace', keyspace: null, only: false } }],
  ['DESC ONLY KEYSPACE ks', { target: { kind: 'Keyspace', keyspace: 'ks', only: true } }],
  ['DESC TABLES', { target: { kind: 'Tables' } }],
  ['DESC TABLE ks.t', { target: { kind: 'Table', name: table('t', 'ks') } }],
  ['DESC INDEX i', { target: { kind: 'Index', name: table('i') } }],
  ['DESC MATERIALIZED VIEW v', { target: { kind: 'MaterializedView' } }],
  ['DESC TYPE u', { target: { kind: 'Type', name: table('u') } }],
  ['DESC FUNCTION ks.f', { target: { kind: 'Function', name: table('f', 'ks') } }],
  ['DESC AGGREGATE a', { target: { kind: 'Aggregate' } }],
  ['DESC type', { target: { kind: 'Generic', name: table('type') } }],
  ['DESC ks.t', { target: { kind: 'Generic', name: table('t', 'ks') } }],
];

describe('definitions and access control', () => {
  it.each(STATEMENTS)('%s', (text, expected) => {
    if (Object.keys(expected).length === 0) {
      expect(() => parse(text)).toThrow(CqlSyntaxError);
      return;
    }
    const { statement } = parse(text);
    expect(statement as Statement).toMatchObject(expected);
  });
});
