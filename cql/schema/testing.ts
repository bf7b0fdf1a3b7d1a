import { readFileSync } from 'node:fs';
import type { SchemaStatement } from '../ast/index.ts';
import { parse } from '../parser/index.ts';
import { applySchemaStatement } from './ddl/apply.ts';
import type { DdlContext } from './ddl/context.ts';
import { Schema } from './schema.ts';

/** Helpers for tests: a schema from statements, and what Cassandra recorded for testdata/ddl.cql. */

/** One datacenter of one node; ids and times that are always the same. */
export const TEST_CONTEXT: DdlContext = {
  keyspace: null,
  datacenters: new Map([['datacenter1', 1]]),
  defaultReplicationFactor: 1,
  memtables: new Set(['default']),
  newTableId: () => '00000000-0000-1000-8000-000000000000',
  nowMicros: () => 1n,
};

export interface RecordedStatement {
  readonly cql: string;
  readonly ok?: boolean;
  readonly code?: number;
  readonly error?: string;
  readonly warnings?: readonly string[];
}

export interface RecordedSchema {
  readonly statements: readonly RecordedStatement[];
  readonly rows: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  readonly describe: Readonly<Record<string, readonly (readonly [string, string, string, string])[]>>;
}

export function recordedSchema(): RecordedSchema {
  return JSON.parse(readFileSync(new URL('./testdata/ddl.json', import.meta.url), 'utf8'));
}

/** The schema after statements that all succeed. */
export function schemaOf(
  statements: readonly string[],
  context: DdlContext = TEST_CONTEXT,
  from = new Schema(),
): Schema {
  return statements.reduce(
    (schema, cql) => applySchemaStatement(schema, parse(cql).statement as SchemaStatement, context).schema,
    from,
  );
}

/** The schema that Cassandra was left with after the recorded statements, table ids included. */
export function recordedResult(recorded: RecordedSchema): Schema {
  const ids = new Map(recorded.rows.tables?.map((row) => [`${row.keyspace_name}.${row.table_name}`, String(row.id)]));
  const done = recorded.statements.filter((statement) => statement.ok && !/cdl\.bad( |$)/.test(statement.cql));
  const schema = schemaOf(done.map((statement) => statement.cql));
  const withIds = [...schema.keyspaces.values()].map((keyspace) =>
    keyspace.with({
      tables: new Map(
        [...keyspace.tables].map(([name, table]) => [name, table.with({ id: ids.get(table.fullName) ?? table.id })]),
      ),
    }),
  );
  return new Schema(withIds);
}
