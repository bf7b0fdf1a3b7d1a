/** What main answers to its workers. */

import { invalidRequest } from '../../cql/errors/index.ts';
import type { KeyspaceMetadata, TableMetadata } from '../../cql/schema/index.ts';
import type { NodeStore } from '../../storage/node-store.ts';
import type { ShardPort } from '../../storage/shard-port.ts';
import type { Handlers, MainRequests } from './channel.ts';
import { type SchemaService, tableIdBytes } from './schema-service.ts';
import type { SystemTables } from './system-tables.ts';
import type { VirtualTables } from './virtual-tables.ts';

export interface MainParts {
  readonly schemas: SchemaService;
  readonly store: NodeStore;
  readonly port: ShardPort;
  readonly systemTables: SystemTables;
  readonly virtualTables: VirtualTables;
  /** Before a table's data goes. */
  readonly beforeTruncate: (table: { keyspace: KeyspaceMetadata; table: TableMetadata }) => Promise<void>;
}

export function mainHandlers(parts: MainParts): Omit<Handlers<MainRequests>, 'ready'> {
  const { schemas, store, port, systemTables, virtualTables, beforeTruncate } = parts;
  return {
    changeSchema: ({ statement, keyspace }) => schemas.change(statement, keyspace),
    truncate: ({ keyspace, table }) =>
      schemas.exclusively(async () => {
        const found = schemas.schema.table(keyspace, table);
        if (found === undefined) throw invalidRequest(`table ${table} does not exist`);
        const inKeyspace = schemas.schema.keyspace(keyspace);
        if (inKeyspace !== undefined) await beforeTruncate({ keyspace: inKeyspace, table: found });
        await port.truncate(tableIdBytes(found));
        return null;
      }),
    keepPrepared: async ({ id, keyspace, text }) => {
      if (store.prepared(id) !== undefined) return null;
      const dropped = await store.putPrepared(id, { keyspace, text });
      await systemTables.putPrepared(id, keyspace, text);
      if (dropped !== null) await systemTables.removePrepared(dropped);
      return null;
    },
    refreshVirtualTable: async ({ table }) => {
      await virtualTables.refresh(table);
      return null;
    },
    findPrepared: async ({ id }) => store.prepared(id) ?? null,
  };
}
