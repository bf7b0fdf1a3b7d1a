/** Where the files of a table lie below a server's data directory, and how they get elsewhere. */
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningCeto } from '../server/start-ceto.ts';
import { withConnection } from './answers.ts';

export interface TableName {
  readonly keyspace: string;
  readonly name: string;
}

/** Paths of Data.db of complete sets. */
export function dataFiles(data: string, { keyspace, name }: TableName): string[] {
  const found = readdirSync(data, { recursive: true, withFileTypes: true }).find(
    (entry) => entry.isDirectory() && entry.name.startsWith(`${name}-`) && entry.parentPath.endsWith(`/${keyspace}`),
  );
  return found === undefined ? [] : dataFilesIn(join(found.parentPath, found.name));
}

export function dataFilesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => /^[a-z]{2}-.*-Data\.db$/.test(name))
    .map((name) => join(directory, name))
    .filter((path) => existsSync(path.replace('Data.db', 'TOC.txt')));
}

/** All components, without the marks that say which shard's tokens a set of Ceto's holds. */
export function copyFileSet(data: string, to: string): void {
  const from = join(data, '..');
  const prefix = data.slice(from.length + 1, -'Data.db'.length);
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name.startsWith(prefix) && !name.includes('Shard-')) copyFileSync(join(from, name), join(to, name));
  }
}

/** Restarts `ceto` with the sets (by table, paths of Data.db) in the directories of a keyspace's tables. */
export async function restartWith(
  ceto: RunningCeto,
  keyspace: string,
  sets: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const query = `SELECT table_name, id FROM system_schema.tables WHERE keyspace_name = '${keyspace}'`;
  const response = await withConnection(ceto, (connection) => connection.query(query));
  if (response.kind !== 'rows') throw new Error(`${query}: ${JSON.stringify(response)}`);
  await ceto.terminate();
  for (const [name, id] of response.rows.rows) {
    const directory = `${name?.toString() ?? ''}-${id?.toString('hex') ?? ''}`;
    for (const data of sets.get(name?.toString() ?? '') ?? []) {
      copyFileSet(data, join(ceto.directory, 'node', 'data', keyspace, directory));
    }
  }
  await ceto.start();
}
