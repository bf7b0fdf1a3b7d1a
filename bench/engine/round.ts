/** One round: every measurement once, each beside what it is held against. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { collectedInstructions } from './callgrind.ts';
import { BLOCK_BYTES, fioFigures, randomReadParameters, sequentialReadParameters } from './fio.ts';
import type { EngineBenchOptions } from './options.ts';
import { ENGINE_BENCH, ENGINE_DISK_BENCH, jsonFigures, measure } from './programs.ts';
import type { Sample } from './results.ts';
import * as rocksdb from './rocksdb.ts';

export interface EnginePrograms {
  readonly dbBench: string;
  readonly fio: string;
  readonly valgrind: string;
}

export type RecordSample = (measurement: string, sample: Sample) => void;

/** Memory that a memtable fills before it is flushed, and RocksDB's write buffer. */
const WRITE_BUFFER_BYTES = 64 * 2 ** 20;
const RECORD_BYTES = 16 + 200;
/** SSTables that the measured compaction merges. */
const COMPACTED_FILES = 8;

/** The data set on disk: values of a thousand bytes, so that the index of its keys fits into the cache. */
const DISK_VALUE_BYTES = 1000;
const CACHE_PART = 8;
const READ_DEPTH = 32;
/** Latency is looked at where the disk is not saturated. */
const LATENCY_DEPTH = 8;
const SEQUENTIAL_BLOCK_BYTES = 256 * 1024;
const SEQUENTIAL_DEPTH = 4;

/** A put with and without the log differ by the append. Under valgrind, so there are few of them. */
const APPENDS = 50_000;
const APPEND_LIMIT = 1500;

const folders = new Set<string>();

/** What a run that is broken off leaves. */
export function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}

export class Round {
  readonly #options: EngineBenchOptions;
  readonly #programs: EnginePrograms;
  readonly #record: RecordSample;

  constructor(options: EngineBenchOptions, programs: EnginePrograms, record: RecordSample) {
    this.#options = options;
    this.#programs = programs;
    this.#record = record;
  }

  /** Ceto and RocksDB in turn; who comes first changes with the round. */
  async besideRocksDb(cetoFirst: boolean): Promise<void> {
    const { records } = this.#options;
    const database = { records };
    const pairs: readonly (readonly [name: string, mode: readonly string[], dbBench: (path: string) => string[]])[] = [
      ['memory', ['--mode=memory'], (path) => rocksdb.memoryParameters({ ...database, database: path })],
      ['cached', ['--mode=cached'], (path) => rocksdb.cachedParameters({ ...database, database: path })],
      [
        'load',
        ['--mode=load', `--memtable-bytes=${WRITE_BUFFER_BYTES}`],
        (path) => rocksdb.loadParameters({ ...database, database: path }, WRITE_BUFFER_BYTES),
      ],
      [
        'compact',
        ['--mode=compact', `--files=${COMPACTED_FILES}`],
        (path) =>
          rocksdb.compactParameters({ ...database, database: path }, (records * RECORD_BYTES) / COMPACTED_FILES),
      ],
    ];
    for (const [name, mode, dbBench] of pairs) {
      const ceto = () => this.#ceto(`ceto ${name}`, ENGINE_BENCH, [...mode, `--records=${records}`]);
      const other = () =>
        this.#inFolder(async (folder) => {
          const parameters = dbBench(join(folder, 'db'));
          await this.#run(`rocksdb ${name}`, this.#programs.dbBench, parameters, rocksdb.dbBenchFigures);
        });
      for (const measurement of cetoFirst ? [ceto, other] : [other, ceto]) await measurement();
    }
  }

  /** Instructions of an append to the commit log. */
  async append(): Promise<void> {
    const instructions = async (memoryOnly: boolean) =>
      await this.#inFolder(async (folder) => {
        const file = join(folder, 'callgrind.out');
        const bench = [ENGINE_BENCH, '--mode=put', `--dir=${join(folder, 'store')}`, `--records=${APPENDS}`];
        const tool = ['--tool=callgrind', `--callgrind-out-file=${file}`, ...bench];
        const sample = await measure(
          this.#options.cpu,
          this.#programs.valgrind,
          [...tool, `--memory-only=${memoryOnly ? 1 : 0}`],
          () => ({}),
        );
        return { ...sample, instructions: collectedInstructions(file) };
      });
    const logged = await instructions(false);
    const unlogged = await instructions(true);
    const each = (logged.instructions - unlogged.instructions) / APPENDS;
    this.#record('ceto append', { ...logged, instructions: each, limit: APPEND_LIMIT });
  }

  /** Reads of a data set that is eight times the cache, beside fio on the same files. */
  async disk(): Promise<void> {
    const { diskMegabytes, seconds } = this.#options;
    const records = Math.floor((diskMegabytes * 1e6) / (16 + DISK_VALUE_BYTES));
    const cache = [`--records=${records}`, `--cache-bytes=${Math.floor((diskMegabytes * 1e6) / CACHE_PART)}`];
    await this.#inFolder(async (folder) => {
      const data = join(folder, 'store');
      const engine = (name: string, mode: readonly string[], where = data) =>
        this.#run(name, ENGINE_DISK_BENCH, [...mode, `--dir=${where}`, ...cache], jsonFigures);
      const prepare = ['--mode=prepare', `--value-bytes=${DISK_VALUE_BYTES}`, '--files=4'];
      await engine('ceto prepare', [...prepare, '--compaction-bytes-per-second=0']);
      const files = dataFiles(data);

      const timed = ['--mode=point', `--seconds=${seconds}`];
      const point = await engine('ceto point', [...timed, `--depth=${READ_DEPTH}`]);
      const missed = Math.max(point['chunks_missed_per_read'] ?? 1, 1e-3);
      const blockBytes = nearestBlocks((point['disk_bytes_per_read'] ?? 0) / missed);
      const random = randomReadParameters(files, blockBytes, READ_DEPTH, seconds);
      await this.#run('fio random', this.#programs.fio, random, fioFigures);

      await engine('ceto scan', ['--mode=scan', `--seconds=${seconds}`]);
      await this.#fioSequential(files);
      await engine('ceto decompress', ['--mode=decompress']);
      await this.#compacting(engine, data, [...timed, `--depth=${LATENCY_DEPTH}`]);
    });
  }

  async #fioSequential(files: readonly string[]): Promise<void> {
    const { seconds } = this.#options;
    const load = sequentialReadParameters(files, SEQUENTIAL_BLOCK_BYTES, SEQUENTIAL_DEPTH, seconds);
    await this.#run('fio sequential', this.#programs.fio, load, fioFigures);
  }

  /** The compaction works on links, so that the data set stays as it is. */
  async #compacting(
    engine: (name: string, mode: readonly string[], where?: string) => Promise<Sample>,
    data: string,
    timed: readonly string[],
  ): Promise<void> {
    await engine('ceto point alone', timed);
    const links = `${data}-links`;
    execFileSync('cp', ['-al', data, links]);
    await engine('ceto point compacting', [...timed, '--compacting=1'], links);
    rmSync(links, { recursive: true });
  }

  async #ceto(name: string, program: string, parameters: readonly string[]): Promise<void> {
    await this.#inFolder(async (folder) => {
      await this.#run(name, program, [...parameters, `--dir=${join(folder, 'store')}`], jsonFigures);
    });
  }

  async #run(
    name: string,
    program: string,
    parameters: readonly string[],
    read: Parameters<typeof measure>[3],
  ): Promise<Sample> {
    const sample = await measure(this.#options.cpu, program, parameters, read);
    this.#record(name, sample);
    return sample;
  }

  async #inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
    mkdirSync(this.#options.folder, { recursive: true });
    const folder = mkdtempSync(join(this.#options.folder, 'ceto-bench-engine-'));
    folders.add(folder);
    try {
      return await body(folder);
    } finally {
      removeFolders();
    }
  }
}

/** The size in whole blocks of the disk that is nearest. */
export function nearestBlocks(bytes: number): number {
  return Math.max(1, Math.round(bytes / BLOCK_BYTES)) * BLOCK_BYTES;
}

/** Of every SSTable below `folder`. */
export function dataFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('-Data.db'));
  if (files.length === 0) throw new Error(`no data files in ${folder}`);
  return files.map((name) => join(folder, name)).sort();
}
