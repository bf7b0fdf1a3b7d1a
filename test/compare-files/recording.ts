/** A round that was kept: the statements that make its tables, Cassandra's files, its questions and its answers. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { copyFileSet, dataFilesIn } from './file-sets.ts';
import type { Query } from './queries.ts';

export interface RecordedQuery extends Query {
  readonly table: string;
  /** As `digestOf` gives it. */
  readonly answer: string;
}

export interface Recording {
  readonly keyspace: string;
  readonly statements: readonly string[];
  readonly nowInSeconds: number;
  readonly queries: readonly RecordedQuery[];
}

const RECORDED = join(import.meta.dirname, 'recorded');

export const recordedKeyspaces = (): string[] => readdirSync(RECORDED).sort();

export function readRecording(keyspace: string): Recording {
  return JSON.parse(readFileSync(join(RECORDED, keyspace, 'recording.json'), 'utf8')) as Recording;
}

/** By table, the paths of Data.db. */
export function recordedSets(keyspace: string): Map<string, string[]> {
  const tables = readdirSync(join(RECORDED, keyspace), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return new Map(tables.map(({ name }) => [name, dataFilesIn(join(RECORDED, keyspace, name))]));
}

export function keepSets(directory: string, table: string, sets: readonly string[]): void {
  mkdirSync(join(directory, table), { recursive: true });
  for (const data of sets) copyFileSet(data, join(directory, table));
}

/** Moves what `keepSets` left in `directory` to the recordings. */
export function writeRecording(directory: string, recording: Recording): void {
  const to = join(RECORDED, recording.keyspace);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  cpSync(directory, to, { recursive: true });
  writeFileSync(join(to, 'recording.json'), `${JSON.stringify(recording, null, 1)}\n`);
  console.log(`recorded ${basename(to)}`);
}
