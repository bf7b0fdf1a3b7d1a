import type { DropTable } from '../../ast/index.ts';
import { invalidRequest } from '../../errors/index.ts';
import type { SchemaResult } from '../change.ts';
import type { Schema } from '../schema.ts';
import { changed, type DdlContext, resolveName, unchanged } from './context.ts';
import { guardSystemKeyspace } from './guards.ts';

export function dropTable(schema: Schema, statement: DropTable, context: DdlContext): SchemaResult {
  const { keyspace: keyspaceName, name } = resolveName(statement.table, context);
  guardSystemKeyspace(keyspaceName, 'DROP', name);
  const keyspace = schema.keyspace(keyspaceName);
  const table = keyspace?.tableOrView(name);
  if (keyspace === undefined || table === undefined) {
    if (statement.ifExists) return unchanged(schema);
    throw invalidRequest(`Table '${keyspaceName}.${name}' doesn't exist`);
  }
  if (table.isView) {
    throw invalidRequest('Cannot use DROP TABLE on a materialized view. Please use DROP MATERIALIZED VIEW instead.');
  }
  const views = [...keyspace.views.values()].filter((view) => view.baseTable === name);
  if (views.length > 0) {
    const names = views.map((view) => view.table.name).join(', ');
    throw invalidRequest(`Cannot drop a table when materialized views still depend on it (${names})`);
  }
  return changed(schema.withKeyspace(keyspace.withoutTable(name)), 'DROPPED', 'TABLE', keyspaceName, name);
}
