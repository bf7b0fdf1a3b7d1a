/**
 * Snapshots: hard links to a table's files below `<table directory>/snapshots/<tag>/`, with manifest.json
 * and schema.cql as Cassandra writes them, and the marks that let Ceto read them under any shard count.
 * Main thread only; one snapshot at a time.
 */
import { readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { schemaFileText } from '../../cql/describe/index.ts';
import type { KeyspaceMetadata, TableMetadata } from '../../cql/schema/index.ts';
import { parseUuid } from '../../cql/types/index.ts';
import { syncDirectory, writeWhole } from './durable-file.ts';
import type { FilePort, SetInUse } from './file-port.ts';
import { formatManifest, MANIFEST, parseManifest } from './manifest.ts';
import { type FileSet, fileSetsIn, generationOf, rewrittenMark } from './sstable-name.ts';
import {
  directoriesIn,
  filesIn,
  SNAPSHOTS,
  type TableDirectory,
  tableDirectories,
  tableDirectory,
} from './table-directory.ts';

export const SCHEMA_FILE = 'schema.cql';
/** Timers beyond this overflow; the snapshots are looked at again then. */
const MAX_TIMER_MILLISECONDS = 3_600_000;

/** A table and the keyspace that it is in. */
export interface SnapshotTable {
  readonly keyspace: KeyspaceMetadata;
  readonly table: TableMetadata;
}

export interface SnapshotOptions {
  readonly skipFlush?: boolean;
  readonly ttlMilliseconds?: number | null;
  readonly ephemeral?: boolean;
  /** Tables without any data leave no snapshot. */
  readonly onlyWithData?: boolean;
}

/** A snapshot of one table, as its folder and manifest tell it. */
export interface Snapshot {
  readonly tag: string;
  readonly keyspace: string;
  readonly table: string;
  /** 32 hex digits. */
  readonly tableId: string;
  readonly path: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly ephemeral: boolean;
}

export interface SnapshotDetails extends Snapshot {
  /** Of the files that only the snapshot keeps, its own two included. */
  readonly trueBytes: number;
  /** Of the SSTables' files among those. */
  readonly trueSSTableBytes: number;
  readonly sizeBytes: number;
}

/** The snapshot cannot be taken; the text is Cassandra's. */
export class SnapshotError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SnapshotError';
  }
}

export class Snapshots {
  readonly #port: FilePort;
  readonly #dataDirectory: string;
  readonly #onError: (error: unknown) => void;
  #tail: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;
  #stopped = false;

  /** `onError` is told when an expired snapshot could not be removed. */
  constructor(port: FilePort, dataDirectory: string, onError: (error: unknown) => void) {
    this.#port = port;
    this.#dataDirectory = dataDirectory;
    this.#onError = onError;
  }

  /** Ephemeral snapshots of an earlier life go, and expired ones from now on. */
  async start(): Promise<void> {
    await this.clear([], ({ ephemeral }) => ephemeral);
    await this.#expire();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#tail;
  }

  /** Of all tables or, at a failure, of none. Throws SnapshotError. */
  take(tag: string, tables: readonly SnapshotTable[], options: SnapshotOptions = {}): Promise<void> {
    return this.#inTurn(() => this.#take(tag, tables, options));
  }

  /** All that are on disk, those of dropped tables too, by tag. */
  list(): Promise<SnapshotDetails[]> {
    return this.#inTurn(async () => {
      const found: SnapshotDetails[] = [];
      for (const snapshot of await this.#found()) found.push({ ...snapshot, ...(await sizesOf(snapshot.path)) });
      return found.sort((left, right) => (left.tag < right.tag ? -1 : left.tag > right.tag ? 1 : 0));
    });
  }

  async #found(): Promise<Snapshot[]> {
    const found: Snapshot[] = [];
    for (const directory of await tableDirectories(this.#dataDirectory)) {
      for (const tag of await directoriesIn(join(directory.path, SNAPSHOTS))) {
        found.push(await readSnapshot(directory, tag));
      }
    }
    return found;
  }

  /** Without a tag all snapshots, without keyspaces those of all; what is not there is no error. */
  clear(keyspaces: readonly string[], matches: (snapshot: Snapshot) => boolean): Promise<void> {
    return this.#inTurn(async () => {
      for (const snapshot of await this.#found()) {
        const wanted = keyspaces.length === 0 || keyspaces.includes(snapshot.keyspace);
        if (wanted && matches(snapshot)) await removeSnapshot(snapshot.path);
      }
    });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => {});
    return turn;
  }

  async #take(tag: string, tables: readonly SnapshotTable[], options: SnapshotOptions): Promise<void> {
    checkTag(tag);
    const paths = tables.map(({ table }) => join(tableDirectory(this.#dataDirectory, table), SNAPSHOTS, tag));
    for (const path of paths) {
      if (await isThere(path)) throw new SnapshotError(`Snapshot ${tag} already exists.`);
    }
    const createdAt = new Date();
    const { ttlMilliseconds = null, ephemeral = false } = options;
    const expiresAt = ttlMilliseconds === null ? null : new Date(createdAt.getTime() + ttlMilliseconds);
    try {
      for (const [index, { keyspace, table }] of tables.entries()) {
        const path = paths[index] ?? '';
        // Shards that have stopped answer nothing any more.
        if (this.#stopped) throw new SnapshotError('The node is stopping');
        const id = parseUuid(table.id);
        if (id === null) throw new RangeError(`${table.id} is no uuid`);
        const sets = await this.#port.snapshot(id, path, options.skipFlush ?? false);
        if (options.onlyWithData === true && sets.every((of) => of.length === 0)) {
          await removeSnapshot(path);
          continue;
        }
        for (const name of missingMarks(sets, await fileSetsIn(path))) await writeFile(join(path, name), '');
        await writeWhole(join(path, SCHEMA_FILE), schemaFileText(keyspace, table));
        const files = (await filesIn(path)).filter((name) => name.endsWith('-Data.db'));
        await writeWhole(join(path, MANIFEST), formatManifest({ files, createdAt, expiresAt, ephemeral }));
        await syncDirectory(path);
      }
    } catch (error) {
      for (const path of paths) await removeSnapshot(path);
      throw error;
    }
    if (expiresAt !== null) this.#expireBy(expiresAt);
  }

  /** Removes what has expired and comes back for what is next. */
  async #expire(): Promise<void> {
    if (this.#stopped) return;
    await this.clear([], ({ expiresAt }) => expiresAt !== null && expiresAt.getTime() <= Date.now());
    for (const { expiresAt } of await this.#inTurn(() => this.#found()))
      if (expiresAt !== null) this.#expireBy(expiresAt);
  }

  /** Looks around at that time at the latest. */
  #expireBy(time: Date): void {
    if (this.#stopped || time.getTime() >= this.#timerAt) return;
    const delay = Math.min(Math.max(time.getTime() - Date.now(), 0) + 1, MAX_TIMER_MILLISECONDS);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = time.getTime();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#expire().catch((error: unknown) => this.#onError(error));
    }, delay);
    this.#timer.unref();
  }
}

/** A tag is the name of a directory. */
function checkTag(tag: string): void {
  if (tag === '') throw new SnapshotError('You must supply a snapshot name.');
  if (tag.includes('/') || tag.includes('\0')) throw new SnapshotError('Snapshot name cannot contain /');
  if (tag === '.' || tag === '..') throw new SnapshotError(`Snapshot name cannot be ${tag}`);
}

/**
 * A shared set that not every shard linked: the others have rewritten their shares, which are in sets of
 * the snapshot of their own. Names of the marks that say so.
 */
export function missingMarks(byShard: readonly (readonly SetInUse[])[], linked: readonly FileSet[]): string[] {
  const count = byShard.length;
  const names: string[] = [];
  const shared = new Set(byShard.flatMap((sets) => sets.filter((set) => set.shared).map((set) => set.generation)));
  for (const generation of shared) {
    const prefix = linked.find((set) => generationOf(set.identifier) === generation)?.prefix;
    if (prefix === undefined) throw new Error(`generation ${generation} was not linked`);
    for (const [shard, sets] of byShard.entries()) {
      if (sets.some((set) => set.generation === generation)) continue;
      names.push(`${prefix}-${rewrittenMark({ shard, count })}`);
    }
  }
  return names;
}

async function readSnapshot({ keyspace, table, id, path: parent }: TableDirectory, tag: string): Promise<Snapshot> {
  const path = join(parent, SNAPSHOTS, tag);
  const manifest = await readManifest(path);
  return {
    ...{ tag, keyspace, table, tableId: id, path },
    createdAt: manifest?.createdAt ?? (await stat(path)).mtime,
    expiresAt: manifest?.expiresAt ?? null,
    ephemeral: manifest?.ephemeral ?? false,
  };
}

async function sizesOf(path: string): Promise<Omit<SnapshotDetails, keyof Snapshot>> {
  let trueBytes = 0;
  let trueSSTableBytes = 0;
  let sizeBytes = 0;
  const live = new Set(await filesIn(join(path, '../..')));
  for (const name of await filesIn(path)) {
    const bytes = (await stat(join(path, name))).size;
    sizeBytes += bytes;
    if (live.has(name)) continue;
    trueBytes += bytes;
    if (name !== MANIFEST && name !== SCHEMA_FILE) trueSSTableBytes += bytes;
  }
  return { trueBytes, trueSSTableBytes, sizeBytes };
}

async function readManifest(path: string) {
  try {
    return parseManifest(await readFile(join(path, MANIFEST), 'utf8'));
  } catch {
    return null;
  }
}

/** With the last one the folder of snapshots goes too. */
async function removeSnapshot(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  try {
    await rmdir(dirname(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EEXIST') throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
