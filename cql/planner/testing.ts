import { readFileSync } from 'node:fs';
import type { SchemaStatement } from '../ast/index.ts';
import { parse } from '../parser/index.ts';
import { applySchemaStatement, type DdlContext, Schema } from '../schema/index.ts';
import { TEST_CONTEXT } from '../schema/testing.ts';
import { type PreparedPlan, plan } from './index.ts';

/** The schema that the recordings were made with, and planning of texts against it. */

interface Recording {
  readonly keyspace: string;
  readonly schema: readonly string[];
}

export function readGolden<T extends Recording>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as T;
}

/** Table ids in the order of creation, so that plans are the same in every run. */
function context(keyspace: string, created: number): DdlContext {
  return {
    ...TEST_CONTEXT,
    keyspace,
    newTableId: () => `00000000-0000-1000-8000-${String(created).padStart(12, '0')}`,
  };
}

export function schemaOf({ keyspace, schema: statements }: Recording): Schema {
  const create = `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`;
  let schema = new Schema();
  for (const [i, text] of [create, ...statements].entries()) {
    schema = applySchemaStatement(schema, parse(text).statement as SchemaStatement, context(keyspace, i)).schema;
  }
  return schema;
}

export function planText(schema: Schema, keyspace: string | null, text: string): PreparedPlan {
  const { statement, bindMarkers } = parse(text);
  return plan(statement, bindMarkers, { schema, keyspace, evaluation: { now: () => 1_700_000_000_000 } });
}
