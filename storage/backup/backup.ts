/**
 * Makes a backup of a snapshot: every file that the store does not have yet goes there under its SHA-256,
 * the manifest last. One that was interrupted is gone on with by making it again: what is there stays.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { filesIn } from '../files/table-directory.ts';
import { forEachOf, sha256Of } from './file-hash.ts';
import {
  BACKUP_FORMAT,
  type BackupFile,
  type BackupManifest,
  type BackupTable,
  checkBackupName,
  getManifest,
  listManifests,
  OBJECTS,
  objectKey,
  putManifest,
} from './manifest.ts';
import { BackupError, type ObjectStore } from './object-store.ts';

/** Files that are read and sent at once. */
const FILES_AT_A_TIME = 4;

export interface BackupSource {
  readonly name: string;
  readonly cluster: string;
  readonly hostId: string;
  readonly keyspaces: Readonly<Record<string, string>>;
  /** Directories of a snapshot that stays until the backup is made. */
  readonly tables: readonly (Omit<BackupTable, 'files'> & { readonly directory: string })[];
}

export interface BackupSummary {
  readonly files: number;
  readonly bytes: number;
  /** Of those, what the store did not have. */
  readonly sentFiles: number;
  readonly sentBytes: number;
}

/** Throws BackupError. */
export async function makeBackup(store: ObjectStore, source: BackupSource): Promise<BackupSummary> {
  checkBackupName(source.name);
  if ((await getManifest(store, source.name)) !== null) throw new BackupError(`backup ${source.name} already exists`);
  const known = await knownFiles(store, source.hostId);
  const stored = await store.list(OBJECTS);
  const files: { table: string; path: string; file: BackupFile }[] = [];
  for (const { id, directory } of source.tables) {
    for (const name of await filesIn(directory)) {
      const path = join(directory, name);
      const { size, ino, mtimeMs } = await stat(path);
      files.push({ table: id, path, file: { name, bytes: size, sha256: '', inode: ino, modifiedMs: mtimeMs } });
    }
  }
  await forEachOf(files, FILES_AT_A_TIME, async (each) => {
    const { table, path, file } = each;
    each.file = { ...file, sha256: known.get(identityOf(table, file)) ?? (await sha256Of(path)) };
  });
  // The same content goes once.
  const missing = new Map(
    files
      .filter(({ file }) => file.bytes > 0 && stored.get(objectKey(file.sha256)) !== file.bytes)
      .map(({ path, file }) => [file.sha256, { path, bytes: file.bytes }]),
  );
  await forEachOf([...missing], FILES_AT_A_TIME, ([sha256, { path, bytes }]) =>
    store.putFile(objectKey(sha256), path, bytes),
  );
  const manifest: BackupManifest = {
    format: BACKUP_FORMAT,
    createdAt: new Date().toISOString(),
    ...{ name: source.name, cluster: source.cluster, hostId: source.hostId, keyspaces: source.keyspaces },
    tables: source.tables.map(({ keyspace, table, id }) => ({
      ...{ keyspace, table, id },
      files: files.filter((each) => each.table === id).map(({ file }) => file),
    })),
  };
  await putManifest(store, manifest);
  const sum = (sizes: Iterable<{ bytes: number }>) => [...sizes].reduce((total, { bytes }) => total + bytes, 0);
  return {
    files: files.length,
    bytes: sum(files.map(({ file }) => file)),
    sentFiles: missing.size,
    sentBytes: sum(missing.values()),
  };
}

/** Checksums of the files that the node's last backup had: SSTables never change, so they need not be read again. */
async function knownFiles(store: ObjectStore, hostId: string): Promise<Map<string, string>> {
  const last = (await listManifests(store)).findLast((manifest) => manifest.hostId === hostId);
  return new Map(
    last?.tables.flatMap(({ id, files }) => files.map((file) => [identityOf(id, file), file.sha256] as const)) ?? [],
  );
}

function identityOf(table: string, { name, bytes, inode, modifiedMs }: BackupFile): string {
  return [table, name, bytes, inode, modifiedMs].join('/');
}
