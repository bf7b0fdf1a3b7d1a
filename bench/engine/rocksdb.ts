/** RocksDB's db_bench with the sizes that the engine is measured with. */
import type { Figures } from './results.ts';

/** As the engine's table has them: LZ4, ten bits of bloom filter a key, no sync of the log. */
const COMMON = [
  '--key_size=16',
  '--value_size=200',
  '--compression_type=lz4',
  '--bloom_bits=10',
  '--compaction_style=1',
  '--threads=1',
  '--sync=0',
  '--disable_wal=0',
  '--seed=1',
];
/** Nothing is flushed. */
const HUGE_BUFFER = 8 * 2 ** 30;

export interface DbBenchRun {
  readonly database: string;
  readonly records: number;
}

const base = ({ database, records }: DbBenchRun) => [...COMMON, `--db=${database}`, `--num=${records}`];

/** Puts, then gets of what is in the memtable. */
export function memoryParameters(run: DbBenchRun): string[] {
  return [...base(run), '--benchmarks=fillrandom,readrandom', `--write_buffer_size=${HUGE_BUFFER}`];
}

/** Gets of one file whose blocks are in the cache; the first pass brings them there. */
export function cachedParameters(run: DbBenchRun): string[] {
  const benchmarks = '--benchmarks=fillrandom,flush,readrandom,readrandom';
  return [...base(run), benchmarks, `--write_buffer_size=${HUGE_BUFFER}`, `--cache_size=${2 ** 30}`];
}

/** Until the last compaction has ended. */
export function loadParameters(run: DbBenchRun, writeBufferBytes: number): string[] {
  return [...base(run), '--benchmarks=fillrandom,flush,waitforcompaction', `--write_buffer_size=${writeBufferBytes}`];
}

/** Files of records that all differ, then one compaction of all of them. */
export function compactParameters(run: DbBenchRun, writeBufferBytes: number): string[] {
  return [
    ...base(run),
    '--benchmarks=filluniquerandom,flush,compact,stats',
    `--write_buffer_size=${writeBufferBytes}`,
    '--disable_auto_compactions=1',
    '--level0_slowdown_writes_trigger=1000',
    '--level0_stop_writes_trigger=1000',
    '--subcompactions=1',
  ];
}

/** CompMergeCPU(sec) of the threads that compact, in the table by priority that `stats` prints. */
function compactionCpuSeconds(output: string): number | null {
  const low = /^ *Low +(.+)$/m.exec(output)?.[1];
  // The size is two words: number and unit.
  const value = Number(low?.split(/ +/)[14]);
  return value > 0 ? value : null;
}

/** Microseconds of an operation, by benchmark; of one that ran twice the second. */
export function dbBenchFigures(output: string): Figures {
  const found: Record<string, number> = {};
  for (const [, name = '', micros] of output.matchAll(/^(\w+)\s+:\s+([\d.]+) micros\/op/gm)) {
    found[`${name}_micros`] = Number(micros);
  }
  const cpuSeconds = compactionCpuSeconds(output);
  if (cpuSeconds !== null) found['compaction_cpu_seconds'] = cpuSeconds;
  if (Object.keys(found).length === 0) throw new Error(`no figures of db_bench in: ${output.trim().slice(-400)}`);
  return found;
}
