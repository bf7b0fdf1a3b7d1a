/** What the commands of the benchmarks share: options, the head of the results, where these go, how they end. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { cetoVersion, commit, type Machine, ROOT, thisMachine } from './machine.ts';

/** For an option. */
export function atLeastOne(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError('expected a whole number above 0');
  return value;
}

export interface ResultsHead {
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
}

/** `versions` of what Ceto is measured with. */
export function resultsHead(versions: Readonly<Record<string, string>>): ResultsHead {
  return {
    date: new Date().toISOString(),
    machine: thisMachine(),
    versions: { ceto: cetoVersion(), commit: commit(), ...versions },
  };
}

/** Prints how many goals were met, and writes the results and their plot. */
export function finish(
  prefix: string,
  results: ResultsHead,
  plot: string,
  lines: readonly { readonly goal: { readonly met: boolean } | null }[],
): void {
  const count = (met: boolean) => lines.filter((line) => line.goal?.met === met).length;
  console.log(`\ngoals: ${count(true)} met, ${count(false)} not met`);
  const folder = join(ROOT, 'bench/results');
  mkdirSync(folder, { recursive: true });
  const base = join(folder, `${prefix}${results.date.replaceAll(/[:.]/g, '-')}`);
  writeFileSync(`${base}.json`, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(`${base}.svg`, plot);
  console.log(`\nraw results: ${relative(process.cwd(), base)}.json\nplot: ${relative(process.cwd(), base)}.svg`);
}

/** Runs a command; what is to happen at the end of the process happens at a signal too. */
export async function runCommand(name: string, main: () => Promise<void>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  try {
    await main();
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
