/** Answers side by side, and which differences are meant (`declared-differences.json`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { WarnedAnswer } from './answer.ts';
import type { Script, Statement } from './script.ts';

export interface Difference {
  readonly script: string;
  readonly statement: Statement;
  readonly expected: WarnedAnswer;
  readonly got: WarnedAnswer | undefined;
}

/** A difference that is meant: in the scripts that `script` names, statements that `cql` matches, because of `reason`. */
export interface Declaration {
  /** A script's name, or `*`. */
  readonly script: string;
  /** A regular expression over the statement's text. */
  readonly cql: string;
  readonly reason: string;
}

export interface Judgement {
  readonly undeclared: readonly Difference[];
  readonly declared: readonly Difference[];
}

export function readDeclarations(): Declaration[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'declared-differences.json'), 'utf8')) as Declaration[];
}

export function differencesOf(
  script: Script,
  expected: readonly WarnedAnswer[],
  got: readonly WarnedAnswer[],
): Difference[] {
  return script.statements.flatMap((statement, index) => {
    const answer = expected[index];
    if (answer === undefined) throw new Error(`no expected answer for ${script.name}:${statement.line}`);
    if (isDeepStrictEqual(answer, got[index])) return [];
    return [{ script: script.name, statement, expected: answer, got: got[index] }];
  });
}

export function judge(differences: readonly Difference[], declarations: readonly Declaration[]): Judgement {
  const isDeclared = (difference: Difference) => declarations.some((declaration) => covers(declaration, difference));
  return {
    undeclared: differences.filter((difference) => !isDeclared(difference)),
    declared: differences.filter(isDeclared),
  };
}

/** Declarations that cover no difference, so that the list stays true. Asked of a run of the whole corpus. */
export function staleDeclarations(
  differences: readonly Difference[],
  declarations: readonly Declaration[],
): Declaration[] {
  return declarations.filter((declaration) => !differences.some((difference) => covers(declaration, difference)));
}

function covers(declaration: Declaration, difference: Difference): boolean {
  return (
    (declaration.script === '*' || declaration.script === difference.script) &&
    new RegExp(declaration.cql, 's').test(difference.statement.cql)
  );
}

export function differenceText({ script, statement, expected, got }: Difference): string {
  return [
    `corpus/${script}.cql:${statement.line}`,
    `    ${statement.cql.replaceAll('\n', '\n    ')}`,
    `  Cassandra: ${JSON.stringify(expected)}`,
    `  Ceto:      ${JSON.stringify(got)}`,
  ].join('\n');
}
