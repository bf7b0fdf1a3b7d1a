/** Files of dropped tables that a crash, or a power cut, left or brought back. Main thread, before the shards start. */
import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TableMetadata } from '../../cql/schema/index.ts';
import { removeIfThere, syncDirectory } from './durable-file.ts';
import { directoriesIn, filesIn, tableDirectory } from './table-directory.ts';

export type DroppedTable = Pick<TableMetadata, 'keyspace' | 'name' | 'id'>;

/**
 * On disk once it resolves, also what had been removed before without a sync. Snapshots and backups stay, and their
 * table's directory with them.
 */
export async function removeDroppedTables(dataDirectory: string, dropped: readonly DroppedTable[]): Promise<void> {
  const keyspaces = new Set<string>();
  for (const table of dropped) {
    const directory = tableDirectory(dataDirectory, table);
    keyspaces.add(dirname(directory));
    for (const name of await filesIn(directory)) await removeIfThere(join(directory, name));
    await syncIfThere(directory);
    await removeEmpty(directory);
  }
  const there = new Set((await directoriesIn(dataDirectory)).map((name) => join(dataDirectory, name)));
  for (const keyspace of keyspaces) if (there.has(keyspace)) await syncDirectory(keyspace);
}

/** Files that are gone already may have been removed without a sync. */
async function syncIfThere(directory: string): Promise<void> {
  try {
    await syncDirectory(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function removeEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
