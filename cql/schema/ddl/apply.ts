import type { SchemaStatement } from '../../ast/index.ts';
import { invalidRequest } from '../../errors/index.ts';
import type { SchemaResult } from '../change.ts';
import { keyspaceToJson } from '../json.ts';
import type { Schema } from '../schema.ts';
import { alterKeyspace } from './alter-keyspace.ts';
import { alterTable } from './alter-table.ts';
import { alterType } from './alter-type.ts';
import type { DdlContext } from './context.ts';
import { createKeyspace } from './create-keyspace.ts';
import { createTable } from './create-table.ts';
import { createType } from './create-type.ts';
import { dropKeyspace } from './drop-keyspace.ts';
import { dropTable } from './drop-table.ts';
import { dropType } from './drop-type.ts';

/** The schema after a statement; throws the client's error and changes nothing when it is refused. */
export function applySchemaStatement(schema: Schema, statement: SchemaStatement, context: DdlContext): SchemaResult {
  const result = resultOf(schema, statement, context);
  if (result.change === null || result.change.changeType !== 'UPDATED') return result;
  // An ALTER to what is there already changes nothing, and no client is told.
  const [before, after] = [schema, result.schema].map((of) => documentOf(of, result.change?.keyspace ?? ''));
  return before === after ? { ...result, schema, change: null } : result;
}

function documentOf(schema: Schema, name: string): string | null {
  const keyspace = schema.keyspace(name);
  return keyspace === undefined ? null : JSON.stringify(keyspaceToJson(keyspace));
}

function resultOf(schema: Schema, statement: SchemaStatement, context: DdlContext): SchemaResult {
  switch (statement.kind) {
    case 'CreateKeyspace':
      return createKeyspace(schema, statement, context);
    case 'AlterKeyspace':
      return alterKeyspace(schema, statement, context);
    case 'DropKeyspace':
      return dropKeyspace(schema, statement);
    case 'CreateTable':
      return createTable(schema, statement, context);
    case 'AlterTable':
      return alterTable(schema, statement, context);
    case 'DropTable':
      return dropTable(schema, statement, context);
    case 'CreateType':
      return createType(schema, statement, context);
    case 'AlterType':
      return alterType(schema, statement, context);
    case 'DropType':
      return dropType(schema, statement, context);
    case 'CreateIndex':
    case 'DropIndex':
      throw notSupported('Secondary indexes');
    case 'CreateMaterializedView':
    case 'AlterMaterializedView':
    case 'DropMaterializedView':
      throw notSupported('Materialized views');
    case 'CreateFunction':
    case 'DropFunction':
      throw notSupported('User-defined functions');
    case 'CreateAggregate':
    case 'DropAggregate':
      throw notSupported('User-defined aggregates');
    case 'CreateTrigger':
    case 'DropTrigger':
      throw notSupported('Triggers');
  }
}

function notSupported(what: string): Error {
  return invalidRequest(`${what} are not supported by this version of Ceto`);
}
