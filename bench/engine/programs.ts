/** The programs that measure, each run to its end on one core, one at a time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, runClient } from '../programs.ts';
import type { Figures, Sample } from './results.ts';

const BUILD = join(import.meta.dirname, '../../build/addon');

export const ENGINE_BENCH = join(BUILD, 'ceto_engine_bench');
export const ENGINE_DISK_BENCH = join(BUILD, 'ceto_engine_disk_bench');
export const COMMITLOG_BENCH = join(BUILD, 'ceto_commitlog_bench');

/** Fails with what to install. */
export function need(variable: string, name: string, debianPackage: string): string {
  const program = findProgram(variable, name);
  if (program === null) throw new Error(`${name} is not on the PATH; Debian has it as ${debianPackage}`);
  return program;
}

/** Runs a program on its core; what it used besides what it printed. */
export async function measure(
  cpu: string,
  program: string,
  parameters: readonly string[],
  read: (output: string) => Figures,
): Promise<Sample> {
  const cpuBefore = childrenCpuSeconds();
  const startedAt = performance.now();
  const output = await runClient(cpu, program, parameters);
  const wallSeconds = (performance.now() - startedAt) / 1000;
  return { ...read(output), wallSeconds, cpuSeconds: childrenCpuSeconds() - cpuBefore };
}

/** The last line that is a JSON object: the engine's programs print one. */
export function jsonFigures(output: string): Figures {
  const line = output
    .trim()
    .split('\n')
    .findLast((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`no figures in: ${output.trim().slice(-400)}`);
  const parsed = JSON.parse(line) as Record<string, number | boolean>;
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, Number(value)]));
}

/** Of the programs that have ended. Ticks of 10 ms, which is exact enough for runs of seconds. */
function childrenCpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[16 - 3]) + Number(fields[17 - 3])) / 100;
}
