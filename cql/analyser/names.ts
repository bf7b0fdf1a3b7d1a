import type { QualifiedName } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import type { ColumnMetadata, Schema, TableMetadata } from '../schema/index.ts';
import { quoteIdentifier } from '../types/index.ts';

/** The keyspace that a name means; throws when none was given and none is in use. */
export function keyspaceOf(name: QualifiedName, current: string | null): string {
  const keyspace = name.keyspace ?? current;
  if (keyspace === null) {
    throw invalidRequest('No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename');
  }
  return keyspace;
}

/** A table or view by name (`Schema.validateTable`). */
export function resolveTable(schema: Schema, name: QualifiedName, current: string | null): TableMetadata {
  const keyspaceName = keyspaceOf(name, current);
  const keyspace = schema.keyspace(keyspaceName);
  if (keyspace === undefined) throw invalidRequest(`keyspace ${keyspaceName} does not exist`);
  if (name.name === '') throw invalidRequest('non-empty table is required');
  const table = keyspace.tableOrView(name.name);
  if (table === undefined) throw invalidRequest(`table ${name.name} does not exist`);
  return table;
}

/** A column by name (`TableMetadata.getExistingColumn`). */
export function resolveColumn(table: TableMetadata, name: string): ColumnMetadata {
  const column = table.column(name);
  if (column === undefined) {
    const tableName = `${quoteIdentifier(table.keyspace)}.${quoteIdentifier(table.name)}`;
    throw invalidRequest(`Undefined column name ${quoteIdentifier(name)} in table ${tableName}`);
  }
  return column;
}
