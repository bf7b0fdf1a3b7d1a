/** Checks a set of files before it is let into a table: complete, of a known version, of this table, undamaged. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { TableMetadata } from '../../cql/schema/index.ts';
import { misfit } from './schema-fit.ts';
import { type FileSet, isComplete } from './sstable-name.ts';
import { readStatistics, type Statistics, StatisticsError } from './statistics.ts';

/** Versions of the BIG format that a running table takes in. */
const VERSIONS: ReadonlySet<string> = new Set(['mc', 'md', 'me', 'na', 'nb']);
const NEEDED = ['Data.db', 'Index.db', 'Statistics.db'] as const;
/** Read at a time for a checksum, so that main goes on between. */
const READ_BYTES = 1 << 20;

export class SetError extends Error {
  constructor(path: string, why: string) {
    super(`${path}: ${why}`);
    this.name = 'SetError';
  }
}

/** What can be told from names and metadata. Throws SetError. */
export async function checkSet(directory: string, set: FileSet, table: TableMetadata): Promise<Statistics> {
  const path = (component: string) => join(directory, `${set.prefix}-${component}`);
  if (set.format !== 'big' || !VERSIONS.has(set.version)) {
    throw new SetError(path('Data.db'), `SSTable version ${set.version}-${set.format} is not supported`);
  }
  if (!isComplete(set)) throw new SetError(path('TOC.txt'), 'is missing: the set is not complete');
  const toc = (await readFile(path('TOC.txt'), 'utf8')).split('\n').filter(Boolean);
  for (const component of new Set([...NEEDED, ...toc])) {
    if (!set.components.includes(component)) throw new SetError(path(component), 'is missing');
  }
  let statistics: Statistics;
  try {
    statistics = readStatistics(await readFile(path('Statistics.db')), set.version);
  } catch (error) {
    if (error instanceof StatisticsError) throw new SetError(path('Statistics.db'), error.message);
    throw error;
  }
  const why = misfit(statistics.header, table);
  if (why !== null) throw new SetError(path('Statistics.db'), why);
  return statistics;
}

/** Data.db against Digest.crc32, where there is one. Throws SetError. */
export async function checkDigest(directory: string, set: FileSet): Promise<void> {
  if (!set.components.includes('Digest.crc32')) return;
  const path = join(directory, `${set.prefix}-Digest.crc32`);
  const expected = Number((await readFile(path, 'utf8')).split('\n')[0]);
  if (!Number.isInteger(expected)) throw new SetError(path, 'is no checksum');
  const data = join(directory, `${set.prefix}-Data.db`);
  let sum = 0;
  for await (const piece of createReadStream(data, { highWaterMark: READ_BYTES })) sum = crc32(piece, sum);
  if (sum !== expected) throw new SetError(data, 'does not match its Digest.crc32');
}
