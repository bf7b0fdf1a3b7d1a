/**
 * nodetool backup, restore and listbackups: to and from a directory or an S3-compatible store. They run beside
 * the node, on its machine: it takes the snapshot and loads the files; these read, check and carry them.
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { makeBackup } from '../../storage/backup/backup.ts';
import { DirectoryStore } from '../../storage/backup/directory-store.ts';
import {
  type BackupManifest,
  type BackupTable,
  checkBackupName,
  getManifest,
  listManifests,
} from '../../storage/backup/manifest.ts';
import { BackupError, type ObjectStore } from '../../storage/backup/object-store.ts';
import { fetchTables } from '../../storage/backup/restore.ts';
import { openS3Store } from '../../storage/backup/s3-store.ts';
import type { LoadedSnapshot, NodeFiles, SnapshotList } from '../admin/file-operations.ts';
import { columns, formatSize } from './format.ts';
import { type Call, NodetoolError } from './nodetool-error.ts';

/** A snapshot whose backup was cut short goes by itself. */
const SNAPSHOT_TTL = '7d';
/** Below the node's root: where a restore puts files before the node loads them. */
const STAGING = 'restore';

interface StoreOptions {
  readonly endpoint?: string;
  readonly region?: string;
}

interface BackupOptions extends StoreOptions {
  readonly name: string;
}

interface RestoreOptions extends StoreOptions {
  readonly name?: string;
  readonly tables?: string;
}

export function backupCommands(program: Command, call: Call): void {
  const withStore = (command: Command) =>
    command
      .option('--endpoint <url>', 'of an S3-compatible store that is not Amazon’s')
      .option('--region <region>', 'of the bucket, when the environment does not say it');
  withStore(program.command('backup <destination> [keyspaces...]'))
    .description('Back up keyspaces to a directory or s3://bucket/prefix; files that are there are not sent again')
    .option('-n, --name <name>', 'name of the backup', new Date().toISOString().replace(/[-:]|\.\d+/g, ''))
    .action((destination: string, keyspaces: string[], options: BackupOptions) =>
      withOpen(destination, options, (store) => backup(call, store, keyspaces, options)),
    );
  withStore(program.command('restore <source> [keyspaces...]'))
    .description('Load a backup into the running node; missing keyspaces and tables are created')
    .option('-n, --name <name>', 'name of the backup; the newest when not given')
    .option('--tables <list>', 'only these, keyspace.table separated by commas')
    .action((source: string, keyspaces: string[], options: RestoreOptions) =>
      withOpen(source, options, (store) => restore(call, store, keyspaces, options)),
    );
  withStore(program.command('listbackups <source>'))
    .description('List the backups of a directory or s3://bucket/prefix')
    .action((source: string, options: StoreOptions) => withOpen(source, options, list));
}

/** `s3://bucket/prefix`, or a directory. */
async function openStore(location: string, { endpoint, region }: StoreOptions): Promise<ObjectStore> {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(location) ?? [];
  if (bucket === undefined) {
    if (/^\w+:\/\//.test(location))
      throw new NodetoolError(`${location} is neither a directory nor s3://bucket/prefix`);
    return new DirectoryStore(resolve(location));
  }
  return openS3Store({
    ...{ bucket, prefix },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
  });
}

async function withOpen(
  location: string,
  options: StoreOptions,
  work: (store: ObjectStore) => Promise<void>,
): Promise<void> {
  const store = await openStore(location, options);
  try {
    await work(store);
  } catch (error) {
    if (error instanceof BackupError) throw new NodetoolError(error.message, true);
    // The SDK's own errors say what the store answered.
    if (error instanceof Error && '$metadata' in error)
      throw new NodetoolError(`${error.name}: ${error.message}`, true);
    throw error;
  } finally {
    store.close();
  }
}

async function backup(
  call: Call,
  store: ObjectStore,
  chosen: readonly string[],
  options: BackupOptions,
): Promise<void> {
  const { name } = options;
  checkBackupName(name);
  const node = await call<NodeFiles>('GET', '/api/v1/files');
  const keyspaces = chosen.length === 0 ? Object.keys(node.keyspaces) : chosen;
  const missing = keyspaces.find((keyspace) => node.keyspaces[keyspace] === undefined);
  if (missing !== undefined) throw new NodetoolError(`Keyspace ${missing} does not exist`);
  if (keyspaces.length === 0) throw new NodetoolError('There are no keyspaces to back up');
  const tag = `backup-${name}`;
  // One that was cut short left its snapshot; what it sent stays.
  await call('POST', '/api/v1/snapshots/clear', { tag, keyspaces });
  await call('POST', '/api/v1/snapshots', { tag, keyspaces, ttl: SNAPSHOT_TTL });
  try {
    const { snapshots } = await call<SnapshotList>('GET', '/api/v1/snapshots');
    const tables = snapshots.filter((snapshot) => snapshot.tag === tag);
    const made = await makeBackup(store, {
      ...{ name, cluster: node.cluster, hostId: node.hostId },
      keyspaces: Object.fromEntries(keyspaces.map((keyspace) => [keyspace, node.keyspaces[keyspace] ?? ''])),
      tables: tables.map(({ keyspace, table, tableId, path }) => ({ keyspace, table, id: tableId, directory: path })),
    });
    console.log(
      `Backup ${name}: ${tables.length} tables, ${made.files} files, ${formatSize(made.bytes)}; ` +
        `sent ${made.sentFiles} files, ${formatSize(made.sentBytes)}`,
    );
  } finally {
    await call('POST', '/api/v1/snapshots/clear', { tag, keyspaces });
  }
}

async function restore(
  call: Call,
  store: ObjectStore,
  keyspaces: readonly string[],
  options: RestoreOptions,
): Promise<void> {
  const manifest = await findManifest(store, options.name);
  const tables = chooseTables(manifest, keyspaces, options.tables?.split(','));
  const node = await call<NodeFiles>('GET', '/api/v1/files');
  const staging = join(node.rootDirectory, STAGING, manifest.name);
  const restored = await fetchTables(store, tables, staging);
  const wanted = new Set(tables.map(({ keyspace }) => keyspace));
  const loaded = await call<LoadedSnapshot[]>('POST', '/api/v1/load-snapshot', {
    directories: restored.map(({ directory }) => directory),
    keyspaceStatements: Object.entries(manifest.keyspaces)
      .filter(([keyspace]) => wanted.has(keyspace))
      .map(([, statement]) => statement),
    keepHistory: true,
  });
  await rm(staging, { recursive: true, force: true });
  for (const { keyspace, table, created } of loaded) {
    console.log(`Restored ${keyspace}.${table}${created ? ', which was created' : ''}`);
  }
}

async function findManifest(store: ObjectStore, name: string | undefined): Promise<BackupManifest> {
  const found = name === undefined ? (await listManifests(store)).at(-1) : await getManifest(store, name);
  if (found === undefined || found === null) {
    throw new NodetoolError(name === undefined ? 'There are no backups' : `There is no backup ${name}`);
  }
  return found;
}

function chooseTables(
  manifest: BackupManifest,
  keyspaces: readonly string[],
  names: readonly string[] | undefined,
): BackupTable[] {
  const chosen = manifest.tables.filter(
    ({ keyspace, table }) =>
      (keyspaces.length === 0 || keyspaces.includes(keyspace)) &&
      (names === undefined || names.includes(`${keyspace}.${table}`)),
  );
  const missing =
    keyspaces.find((name) => !chosen.some(({ keyspace }) => keyspace === name)) ??
    names?.find((name) => !chosen.some(({ keyspace, table }) => `${keyspace}.${table}` === name));
  if (missing !== undefined) throw new NodetoolError(`Backup ${manifest.name} has no ${missing}`);
  return chosen;
}

async function list(store: ObjectStore): Promise<void> {
  const manifests = await listManifests(store);
  if (manifests.length === 0) {
    console.log('There are no backups');
    return;
  }
  const rows = manifests.map(({ name, createdAt, tables }) => {
    const files = tables.flatMap((table) => table.files);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return [name, createdAt, String(tables.length), String(files.length), formatSize(bytes)];
  });
  console.log(columns([['Backup', 'Created', 'Tables', 'Files', 'Size'], ...rows]));
}
