/** The command line of `npm run bench-engine`. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { atLeastOne } from '../command.ts';

export interface EngineBenchOptions {
  readonly rounds: number;
  /** Records of the loads that are compared with RocksDB. */
  readonly records: number;
  /** Of the data set on disk; a cache of an eighth of it is used. */
  readonly diskMegabytes: number;
  /** How long reads from the disk are measured. */
  readonly seconds: number;
  readonly cpu: string;
  readonly folder: string;
}

const NORMAL = { rounds: 3, records: 4_000_000, diskMegabytes: 2048, seconds: 15 } as const;
/** A few minutes for everything: enough to see whether a change helped, not to publish. */
const QUICK = { rounds: 1, records: 1_000_000, diskMegabytes: 512, seconds: 5 } as const;

/** Exits after --help and wrong options, with commander's words. */
export function parseEngineBenchOptions(argv: readonly string[]): EngineBenchOptions {
  const given = new Command('npm run bench-engine --')
    .description("Measures the engine beside RocksDB's db_bench and fio, all on one core and one disk.")
    .option('--quick', 'a run of a few minutes')
    .option(
      '--rounds <n>',
      `times that everything is measured; the median counts (default: ${NORMAL.rounds})`,
      atLeastOne,
    )
    .option('--records <n>', `records of the loads in memory (default: ${NORMAL.records})`, atLeastOne)
    .option('--disk-megabytes <n>', `data for reads from the disk (default: ${NORMAL.diskMegabytes})`, atLeastOne)
    .option('--seconds <n>', `how long reads from the disk run (default: ${NORMAL.seconds})`, atLeastOne)
    .option('--cpu <n>', 'the core of all programs, as taskset reads it', '1')
    .option('--folder <path>', 'where the data goes: on the disk to measure', tmpdir())
    .allowExcessArguments(false)
    .parse([...argv])
    .opts<Record<string, unknown>>();
  const preset = given['quick'] === true ? QUICK : NORMAL;
  return {
    rounds: (given['rounds'] as number | undefined) ?? preset.rounds,
    records: (given['records'] as number | undefined) ?? preset.records,
    diskMegabytes: (given['diskMegabytes'] as number | undefined) ?? preset.diskMegabytes,
    seconds: (given['seconds'] as number | undefined) ?? preset.seconds,
    cpu: given['cpu'] as string,
    folder: resolve(given['folder'] as string),
  };
}
