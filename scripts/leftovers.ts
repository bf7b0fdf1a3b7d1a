/**
 * Finds processes that outlived what started them. They are told by a variable in their environment, which
 * every descendant inherits, also one that was given to init.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/** The processes, but this one, that have `name=value` in their environment. Others' are not readable and not ours. */
export function leftovers(name: string, value: string): Leftover[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => readProcess(entry, 'environ').split('\0').includes(`${name}=${value}`))
    .map((entry) => ({ pid: Number(entry), command: readProcess(entry, 'cmdline').replaceAll('\0', ' ').trim() }));
}

function readProcess(pid: string, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
