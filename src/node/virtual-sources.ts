/** Which part of the node gives the tables of system_views their rows. */
import type { TableMetadata } from '../../cql/schema/index.ts';
import { MaintenancePort } from '../../storage/maintenance-port.ts';
import type { ShardPort } from '../../storage/shard-port.ts';
import type { NodeAdmin } from './node-admin.ts';
import type { NodeOptions } from './node-options.ts';
import { type SchemaService, tableIdBytes } from './schema-service.ts';
import { cacheRow, clientRow, mebibytesRow, settingRows, sstableTaskRow } from './virtual-rows.ts';
import type { VirtualRow, VirtualTables } from './virtual-tables.ts';

export interface VirtualSources {
  readonly port: ShardPort;
  readonly options: NodeOptions;
  readonly schemas: SchemaService;
  readonly admin: NodeAdmin;
}

export function serveVirtualTables(tables: VirtualTables, sources: VirtualSources): void {
  const { port, options, schemas, admin } = sources;
  const files = new MaintenancePort(port);
  tables.serve('settings', async () => settingRows(options.settings));
  tables.serve('clients', async () => (await port.connections()).map(clientRow));
  tables.serve('sstable_tasks', async () => (await files.compactions()).map(sstableTaskRow));
  tables.serve('caches', async () => {
    const { chunkCache, rowCache } = await admin.status();
    return [cacheRow('chunks', chunkCache), cacheRow('rows', rowCache)];
  });
  /** A row for each table that is not virtual. */
  const ofTables = (bytes: (table: TableMetadata) => Promise<number>) => async (): Promise<VirtualRow[]> => {
    const all = [...schemas.schema.keyspaces.values()].flatMap((keyspace) => [...keyspace.tables.values()]);
    const stored = all.filter((table) => !table.isVirtual);
    return Promise.all(stored.map(async (table) => mebibytesRow(table.keyspace, table.name, await bytes(table))));
  };
  const number = (name: string) => async (table: TableMetadata) => (await admin.numbersOf(table))[name] ?? 0;
  tables.serve('disk_usage', ofTables(number('disk_bytes')));
  tables.serve('max_partition_size', ofTables(number('max_partition_bytes')));
  tables.serve(
    'max_sstable_size',
    ofTables(async (table) =>
      (await files.sstables(tableIdBytes(table))).reduce((most, file) => Math.max(most, Number(file.diskBytes)), 0),
    ),
  );
}
