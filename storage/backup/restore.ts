/**
 * Brings the files of a backup into directories from which a node can load them. Every file is checked
 * against its SHA-256; those that are there already are not fetched again.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { syncDirectory } from '../files/durable-file.ts';
import { forEachOf, sha256Of } from './file-hash.ts';
import { type BackupFile, type BackupTable, objectKey } from './manifest.ts';
import { BackupError, type ObjectStore } from './object-store.ts';

const FILES_AT_A_TIME = 4;
const TEMPORARY = '.part';

export interface RestoredTable {
  readonly keyspace: string;
  readonly table: string;
  readonly directory: string;
}

/** Below `staging`: `<keyspace>/<table>-<id>/`. Throws BackupError for content that is not what was backed up. */
export async function fetchTables(
  store: ObjectStore,
  tables: readonly BackupTable[],
  staging: string,
): Promise<RestoredTable[]> {
  const restored: RestoredTable[] = [];
  for (const { keyspace, table, id, files } of tables) {
    const directory = join(staging, keyspace, `${table}-${id}`);
    await mkdir(directory, { recursive: true });
    await forEachOf(files, FILES_AT_A_TIME, (file) => fetchFile(store, file, join(directory, file.name)));
    await syncDirectory(directory);
    restored.push({ keyspace, table, directory });
  }
  return restored;
}

async function fetchFile(store: ObjectStore, file: BackupFile, path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there?.size === file.bytes && (await sha256Of(path)) === file.sha256) return;
  if (file.bytes === 0) return writeFile(path, '');
  const hash = createHash('sha256');
  const hashed = new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      hash.update(piece);
      done(null, piece);
    },
  });
  const temporary = path + TEMPORARY;
  await pipeline(await store.get(objectKey(file.sha256)), hashed, createWriteStream(temporary, { flush: true }));
  if (hash.digest('hex') !== file.sha256) {
    throw new BackupError(
      `${file.name} does not match its checksum ${file.sha256}: the object in the store is damaged`,
    );
  }
  await rename(temporary, path);
}
