/** Instructions of an operation: what a loop adds from one count of rounds to a greater one. */
import { readFileSync } from 'node:fs';

/** The whole run's instructions out of the file that callgrind leaves. */
export function collectedInstructions(file: string): number {
  const total = /^(?:totals|summary): (\d+)/m.exec(readFileSync(file, 'utf8'))?.[1];
  if (total === undefined) throw new Error(`no totals in ${file}`);
  return Number(total);
}
