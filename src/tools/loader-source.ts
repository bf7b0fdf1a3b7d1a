/** Which table a directory of SSTables belongs to, as Cassandra's sstableloader reads its path. */
import { basename, dirname, resolve } from 'node:path';

export interface LoaderSource {
  readonly keyspace: string;
  readonly table: string;
}

/**
 * `…/<keyspace>/<table>` where the table's name may carry its id; also `snapshots/<tag>` and `backups` below
 * it. Null when the path has too few names.
 */
export function sourceOf(directory: string): LoaderSource | null {
  let path = resolve(directory);
  if (basename(path) === 'backups') path = dirname(path);
  else if (basename(dirname(path)) === 'snapshots') path = dirname(dirname(path));
  const table = basename(path).replace(/-[0-9a-f]{32}$/, '');
  const keyspace = basename(dirname(path));
  return table === '' || keyspace === '' ? null : { keyspace, table };
}
