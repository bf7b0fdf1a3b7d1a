/** A command of the configuration, as Cassandra runs it: its words are the program and its parameters, no shell. */
import { spawn } from 'node:child_process';

/** Of what the command prints, kept for the log. */
const KEPT_CHARACTERS = 4_096;

export class CommandError extends Error {
  constructor(command: string, outcome: string, output: string) {
    super(`${command}: ${outcome}${output === '' ? '' : `: ${output.trim()}`}`);
    this.name = 'CommandError';
  }
}

/** Each name in `values` stands as %name in the command. Resolves when the program has ended with 0. */
export function runCommand(
  command: string,
  values: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<void> {
  const fill = (word: string) => word.replaceAll(/%([a-z]+)/g, (found, name: string) => values[name] ?? found);
  const words = command.split(' ').filter(Boolean).map(fill);
  const shown = words.join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(words[0] ?? '', words.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(0, KEPT_CHARACTERS);
      });
    }
    child.once('error', (error) => reject(new CommandError(shown, error.message, output)));
    child.once('close', (code, killedBy) => {
      if (code === 0) resolve();
      else reject(new CommandError(shown, killedBy === null ? `exit code ${code}` : `killed by ${killedBy}`, output));
    });
  });
}
