/** Where a table's files lie: Cassandra's layout `<data>/<keyspace>/<table>-<32 hex>/` (docs/formats/data-directory.md). */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableMetadata } from '../../cql/schema/index.ts';

export const SNAPSHOTS = 'snapshots';
export const BACKUPS = 'backups';

/** A table's directory on disk; the table may be dropped by now. */
export interface TableDirectory {
  readonly keyspace: string;
  readonly table: string;
  /** 32 hex digits. */
  readonly id: string;
  readonly path: string;
}

export function tableDirectory(dataDirectory: string, table: Pick<TableMetadata, 'keyspace' | 'name' | 'id'>): string {
  return join(dataDirectory, table.keyspace, `${table.name}-${table.id.replaceAll('-', '')}`);
}

/** Every table's directory, in the order of keyspaces and tables. */
export async function tableDirectories(dataDirectory: string): Promise<TableDirectory[]> {
  const found: TableDirectory[] = [];
  for (const keyspace of await directoriesIn(dataDirectory)) {
    for (const name of await directoriesIn(join(dataDirectory, keyspace))) {
      const [, table, id] = /^(.+)-([0-9a-f]{32})$/.exec(name) ?? [];
      if (table === undefined || id === undefined) continue;
      found.push({ keyspace, table, id, path: join(dataDirectory, keyspace, name) });
    }
  }
  return found;
}

/** Names of the directories inside, sorted; none where there is no such directory. */
export async function directoriesIn(path: string): Promise<string[]> {
  const entries = await entriesOf(path);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Names of the files inside, sorted; none where there is no such directory. */
export async function filesIn(path: string): Promise<string[]> {
  const entries = await entriesOf(path);
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

async function entriesOf(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
