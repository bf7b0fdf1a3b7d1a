import type { KeyspaceMetadata, TableMetadata } from '../schema/index.ts';
import { someType, type UserType } from '../types/index.ts';
import { createTableText, createTypeText } from './create-statement.ts';
import { dependenciesFirst } from './type-order.ts';

/**
 * schema.cql of a snapshot: the user types that the table is made of and the table, so that its files can be
 * read on another node (org.apache.cassandra.db.SchemaCQLHelper). Cassandra leaves out the keyspace.
 */
export function schemaFileText(keyspace: KeyspaceMetadata, table: TableMetadata): string {
  const types = [...table.columns, ...table.dropped.values()].map((column) => column.type);
  const isUsed = (type: UserType): boolean =>
    types.some((column) => someType(column, (part) => part.kind === 'udt' && part.name === type.name));
  const statements = [
    ...dependenciesFirst([...keyspace.types.values()].filter(isUsed)).map((type) =>
      createTypeText(type, { ifNotExists: true }),
    ),
    createTableText(table, { internals: true, ifNotExists: true }),
  ];
  return statements.join('\n');
}
