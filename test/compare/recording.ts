/** Cassandra's answers as they are kept in `recorded/`: one JSON file a script, one statement a line. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WarnedAnswer } from './answer.ts';
import type { Script, Statement } from './script.ts';

const FOLDER = join(import.meta.dirname, 'recorded');

interface Entry {
  readonly cql: string;
  readonly answer: WarnedAnswer;
}

/** What was asked: the text, and the directives where they change the answer. */
export function questionOf(statement: Statement): string {
  const { cql, line: _, ...directives } = statement;
  const asked = JSON.stringify(directives, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return asked === '{}' ? cql : `${cql} -- ${asked}`;
}

export function writeRecording(script: Script, answers: readonly WarnedAnswer[]): void {
  mkdirSync(FOLDER, { recursive: true });
  const entries = script.statements.map((statement, index) =>
    JSON.stringify({ cql: questionOf(statement), answer: answers[index] }),
  );
  writeFileSync(join(FOLDER, `${script.name}.json`), `[\n${entries.join(',\n')}\n]\n`);
}

/** The recorded answers to `script`; throws when the script has changed since. */
export function readRecording(script: Script): WarnedAnswer[] {
  const path = join(FOLDER, `${script.name}.json`);
  const again = `run 'npm run compare -- --record ${script.name}'`;
  if (!existsSync(path)) throw new Error(`no recording of ${script.name}: ${again}`);
  const entries = JSON.parse(readFileSync(path, 'utf8')) as Entry[];
  script.statements.forEach((statement, index) => {
    if (entries[index]?.cql !== questionOf(statement)) {
      throw new Error(`corpus/${script.name}.cql:${statement.line} changed since it was recorded: ${again}`);
    }
  });
  if (entries.length !== script.statements.length) throw new Error(`${script.name} has become shorter: ${again}`);
  return entries.map((entry) => entry.answer);
}
