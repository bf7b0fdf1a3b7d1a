/** The manifest of a backup, `backups/<name>.json`: which objects make which files of which tables. */
import { z } from 'zod';
import { BackupError, type ObjectStore } from './object-store.ts';

export const BACKUP_FORMAT = 1;
export const MANIFESTS = 'backups/';
export const OBJECTS = 'objects/';
const NAME = /^[\w.-]{1,200}$/;

const FILE = z.object({
  /** Of a file in the snapshot's directory. */
  name: z.string().regex(/^[^/\\]+$/),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** By which the next backup of the node knows the file again. */
  inode: z.number(),
  modifiedMs: z.number(),
});

const TABLE = z.object({
  keyspace: z.string().regex(/^\w+$/),
  table: z.string().regex(/^\w+$/),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  files: z.array(FILE),
});

const MANIFEST = z.object({
  format: z.literal(BACKUP_FORMAT),
  name: z.string().regex(NAME),
  createdAt: z.iso.datetime(),
  cluster: z.string(),
  hostId: z.string(),
  /** CREATE KEYSPACE by name. */
  keyspaces: z.record(z.string(), z.string()),
  tables: z.array(TABLE),
});

export type BackupFile = z.output<typeof FILE>;
export type BackupTable = z.output<typeof TABLE>;
export type BackupManifest = z.output<typeof MANIFEST>;

export function checkBackupName(name: string): void {
  if (!NAME.test(name)) throw new BackupError(`a backup's name is of letters, digits, '.', '_' and '-', not ${name}`);
}

export function objectKey(sha256: string): string {
  return `${OBJECTS}${sha256.slice(0, 2)}/${sha256}`;
}

export async function putManifest(store: ObjectStore, manifest: BackupManifest): Promise<void> {
  await store.putText(`${MANIFESTS}${manifest.name}.json`, `${JSON.stringify(manifest, null, 1)}\n`);
}

/** Null: there is no backup of that name. Throws BackupError for a manifest that does not read. */
export async function getManifest(store: ObjectStore, name: string): Promise<BackupManifest | null> {
  checkBackupName(name);
  const text = await store.getText(`${MANIFESTS}${name}.json`);
  if (text === null) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new BackupError(`the manifest of backup ${name} is no JSON`);
  }
  const checked = MANIFEST.safeParse(parsed);
  if (!checked.success) throw new BackupError(`the manifest of backup ${name} does not read: ${checked.error.message}`);
  return checked.data;
}

/** All of the store, the oldest first. */
export async function listManifests(store: ObjectStore): Promise<BackupManifest[]> {
  const names = [...(await store.list(MANIFESTS)).keys()]
    .filter((key) => key.endsWith('.json'))
    .map((key) => key.slice(MANIFESTS.length, -'.json'.length));
  const manifests: BackupManifest[] = [];
  for (const name of names) {
    const manifest = await getManifest(store, name);
    if (manifest !== null) manifests.push(manifest);
  }
  return manifests.sort((left, right) => left.createdAt.localeCompare(right.createdAt));
}
