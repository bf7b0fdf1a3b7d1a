/**
 * `npm run bench-engine`: the engine beside RocksDB's db_bench and fio, everything in one run on one core and one
 * disk, in alternating order. Prints one table; writes raw results (JSON) and a plot (SVG) into bench/results/.
 */
import { execFileSync } from 'node:child_process';
import { finish, resultsHead, runCommand } from '../command.ts';
import { type EngineBenchOptions, parseEngineBenchOptions } from './options.ts';
import { need } from './programs.ts';
import { enginePlot, engineTable } from './report.ts';
import type { EngineResults, Sample } from './results.ts';
import { Round, removeFolders } from './round.ts';
import { summarizeEngine } from './summary.ts';

const log = (text: string) => console.error(`bench-engine: ${text}`);

const PROGRAMS = {
  dbBench: need('DB_BENCH', 'db_bench', 'rocksdb-tools'),
  fio: need('FIO', 'fio', 'fio'),
  valgrind: need('VALGRIND', 'valgrind', 'valgrind'),
};

function packageVersion(name: string): string {
  try {
    return execFileSync('dpkg-query', ['-W', '-f', `\${Version}`, name], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return '';
  }
}

function emptyResults(options: EngineBenchOptions): EngineResults {
  return {
    ...resultsHead({ rocksdb: packageVersion('rocksdb-tools'), fio: packageVersion('fio') }),
    options,
    samples: {},
  };
}

function describe(sample: Sample): string {
  return Object.entries(sample)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ');
}

async function main(): Promise<void> {
  const options = parseEngineBenchOptions(process.argv);
  const results = emptyResults(options);
  const round = new Round(options, PROGRAMS, (measurement, sample) => {
    log(`${measurement}: ${describe(sample)}`);
    const samples = results.samples[measurement] ?? [];
    samples.push(sample);
    results.samples[measurement] = samples;
  });
  for (let number = 0; number < options.rounds; number++) {
    log(`round ${number + 1} of ${options.rounds}`);
    await round.besideRocksDb(number % 2 === 0);
    await round.append();
    await round.disk();
  }
  const lines = summarizeEngine(results);
  console.log(engineTable(lines));
  finish('engine-', results, enginePlot(results, lines), lines);
}

process.once('exit', removeFolders);
await runCommand('bench-engine', main);
