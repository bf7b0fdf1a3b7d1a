/**
 * Importer: lets sets of files that came from elsewhere into a running table. They are checked, linked or
 * copied under generations of their own, opened by every shard, and become visible in one step a shard.
 * Until then a transaction log names them, so that a crash leaves nothing half done. Main thread only; one
 * import at a time. docs/formats/data-directory.md
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableMetadata } from '../../cql/schema/index.ts';
import { parseUuid } from '../../cql/types/index.ts';
import { removeIfThere, syncDirectory, writeDurably } from './durable-file.ts';
import type { FilePort } from './file-port.ts';
import { checkDigest, checkSet, SetError } from './set-check.ts';
import { type FileSet, fileSetsIn, generationOf, isComplete, rewrittenMark, shareMark, TOC } from './sstable-name.ts';
import { type Statistics, withoutHistory } from './statistics.ts';
import { tableDirectory } from './table-directory.ts';
import { addedLine } from './transaction-log.ts';

/** Sets of one import: all are opened before the first is seen. */
const MAX_SETS = 10_000;

export interface ImportOptions {
  /** Otherwise the sets begin at level 0 of a leveled table. */
  readonly keepLevel: boolean;
  readonly keepRepaired: boolean;
  /** Data.db against its checksum. */
  readonly verify: boolean;
  /** Every row is read. */
  readonly extendedVerify: boolean;
  /** Moved files are gone from the source afterwards; linked ones are in both places. */
  readonly source: 'move' | 'copy' | 'link';
}

/** One directory that was left out, and why. */
export interface FailedDirectory {
  readonly directory: string;
  readonly reason: string;
}

/** Something is wrong with the request or a directory as a whole; the text is Cassandra's where it has one. */
export class ImportError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ImportError';
  }
}

/** A set on its way in. */
interface Incoming {
  readonly directory: string;
  readonly set: FileSet;
  readonly statistics: Statistics;
  readonly generation: bigint;
}

export class Importer {
  readonly #port: FilePort;
  readonly #dataDirectory: string;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(port: FilePort, dataDirectory: string) {
    this.#port = port;
    this.#dataDirectory = dataDirectory;
  }

  /** Directory by directory, each as a whole or not at all. Throws ImportError when one is not there. */
  async import(
    table: TableMetadata,
    directories: readonly string[],
    options: ImportOptions,
  ): Promise<FailedDirectory[]> {
    for (const directory of directories) await checkDirectory(directory);
    return this.#inTurn(async () => {
      const failed: FailedDirectory[] = [];
      for (const directory of directories) {
        try {
          const sets = await fileSetsIn(directory);
          await this.#bringIn(table, directory, sets, options);
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          failed.push({ directory, reason: error.message });
        }
      }
      return failed;
    });
  }

  /** What somebody laid into the table's own directory. Throws ImportError. */
  refresh(table: TableMetadata, options: ImportOptions): Promise<void> {
    return this.#inTurn(async () => {
      const directory = tableDirectory(this.#dataDirectory, table);
      // In this order: a set that goes meanwhile is still among those in use.
      const inUse = (await this.#port.setsInUse(idOf(table))).flat();
      const known = new Set(inUse.map(({ generation }) => generation));
      const sets = await fileSetsIn(directory);
      const fresh = sets.filter(
        (set) =>
          isComplete(set) &&
          set.share === null &&
          set.rewritten.length === 0 &&
          !known.has(generationOf(set.identifier) ?? -1n),
      );
      try {
        await this.#bringIn(table, directory, fresh, { ...options, source: 'move' });
      } catch (error) {
        if (error instanceof SetError) throw new ImportError(error.message);
        throw error;
      }
    });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => {});
    return turn;
  }

  async #bringIn(
    table: TableMetadata,
    directory: string,
    sets: readonly FileSet[],
    options: ImportOptions,
  ): Promise<void> {
    if (sets.length > MAX_SETS) throw new ImportError(`${directory} has more than ${MAX_SETS} SSTables`);
    const checked: { set: FileSet; statistics: Statistics }[] = [];
    for (const set of sets) {
      const statistics = await checkSet(directory, set, table);
      if (options.verify) await checkDigest(directory, set);
      checked.push({ set, statistics });
    }
    if (checked.length === 0) return;
    const generations = await this.#reserve(table, sets);
    const incoming = checked.map(({ set, statistics }, index) => ({
      ...{ directory, set, statistics },
      generation: generations[index] ?? 0n,
    }));
    const target = tableDirectory(this.#dataDirectory, table);
    await mkdir(target, { recursive: true });
    const log = join(target, `nb_txn_import_${randomUUID()}.log`);
    const lines = incoming.map(({ set, generation }) => addedLine(join(target, `${set.version}-${generation}-big-`)));
    await writeDurably(log, lines.join(''));
    const made: string[] = [];
    const id = idOf(table);
    try {
      for (const each of incoming) await bringInSet(each, target, options, made);
      await syncDirectory(target);
      await this.#port.prepareImport(id, generations, options.extendedVerify);
      // Without its log the import counts as done.
      await removeIfThere(log);
      await syncDirectory(target);
    } catch (error) {
      await this.#port.finishImport(id, false).catch(() => {});
      // TOC.txt first, as everywhere.
      for (const path of made.reverse()) await removeIfThere(path);
      await removeIfThere(log);
      throw error;
    }
    await this.#port.finishImport(id, true);
    if (options.source !== 'move') return;
    for (const { set } of incoming) await removeSource(directory, set);
    await syncDirectory(directory);
  }

  /** Sets that one shard alone reads get a generation of that shard, the others by turns. */
  async #reserve(table: TableMetadata, sets: readonly FileSet[]): Promise<bigint[]> {
    const count = this.#port.shardCount;
    const shards = sets.map(({ share }, index) => (share?.count === count ? share.shard : index % count));
    const pools = await Promise.all(
      Array.from({ length: count }, (_, shard) => {
        const wanted = shards.filter((of) => of === shard).length;
        return wanted === 0 ? [] : this.#port.reserveGenerations(shard, idOf(table), wanted);
      }),
    );
    return shards.map((shard) => pools[shard]?.shift() ?? 0n);
  }
}

function idOf(table: TableMetadata): Uint8Array {
  const id = parseUuid(table.id);
  if (id === null) throw new RangeError(`${table.id} is no uuid`);
  return id;
}

async function checkDirectory(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isDirectory()) throw new ImportError(`Directory ${path} does not exist`);
}

/** The set under its new name, TOC.txt last; paths are added to `made` as they come to be. */
async function bringInSet(
  { directory, set, statistics, generation }: Incoming,
  target: string,
  options: ImportOptions,
  made: string[],
): Promise<void> {
  const path = (component: string) => join(target, `${set.version}-${generation}-big-${component}`);
  const source = (component: string) => join(directory, `${set.prefix}-${component}`);
  const forget = {
    level: !options.keepLevel && statistics.level !== 0,
    repaired: !options.keepRepaired && statistics.repairedAt !== 0n,
  };
  for (const mark of marksOf(set)) {
    await writeFile(path(mark), '', { flag: 'wx' });
    made.push(path(mark));
  }
  for (const component of [...set.components.filter((name) => name !== TOC), TOC]) {
    if (component === 'Statistics.db' && (forget.level || forget.repaired)) {
      await writeSynced(path(component), withoutHistory(await readFile(source(component)), set.version, forget));
    } else {
      await linkOrCopy(source(component), path(component), options.source === 'copy');
    }
    made.push(path(component));
  }
}

function marksOf(set: FileSet): string[] {
  return [...(set.share === null ? [] : [shareMark(set.share)]), ...set.rewritten.map(rewrittenMark)];
}

/** A copy may be on another disk; the source of a move goes afterwards. */
async function linkOrCopy(from: string, to: string, copy: boolean): Promise<void> {
  if (!copy) {
    try {
      await link(from, to);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EXDEV' && code !== 'EPERM') throw error;
    }
  }
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const file = await open(to, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function removeSource(directory: string, set: FileSet): Promise<void> {
  const components = [TOC, ...set.components.filter((name) => name !== TOC), ...marksOf(set)];
  for (const component of components) await removeIfThere(join(directory, `${set.prefix}-${component}`));
}
