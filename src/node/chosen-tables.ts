/** The tables that an operator names: those on disk. */
import type { Schema, TableMetadata } from '../../cql/schema/index.ts';
import { OperationError, OperationFailure } from '../admin/operations.ts';

/** All without a keyspace, all of the keyspace without names. Fails with nodetool's words. */
export function chosenTables(schema: Schema, keyspace: string | null, names: readonly string[]): TableMetadata[] {
  const onDisk = (tables: Iterable<TableMetadata>) => [...tables].filter((table) => !table.memoryOnly);
  if (keyspace === null) return [...schema.keyspaces.values()].flatMap((found) => onDisk(found.tables.values()));
  const found = schema.keyspace(keyspace);
  if (found === undefined) throw new OperationError(`Keyspace [${keyspace}] does not exist.`);
  if (names.length === 0) return onDisk(found.tables.values());
  return names.map((name) => {
    const table = found.tables.get(name);
    if (table === undefined) throw new OperationFailure(`Unknown keyspace/cf pair (${keyspace}.${name})`);
    return table;
  });
}

/** One table by its names. */
export function oneTable(schema: Schema, keyspace: string, name: string): TableMetadata {
  const table = schema.table(keyspace, name);
  if (table === undefined) throw new OperationError(`Unknown table ${keyspace}.${name}`);
  return table;
}
