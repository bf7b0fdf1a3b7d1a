/** Answers side by side, and which differences are meant (`declared-differences.json`, told in docs/compatibility.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Answer, WarnedAnswer } from './answer.ts';
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

export interface Declarations {
  readonly statements: readonly Declaration[];
  /** Warnings that only Cassandra gives: those that begin so are not compared. */
  readonly warnings: readonly { readonly begins: string; readonly reason: string }[];
}

export interface Judgement {
  readonly undeclared: readonly Difference[];
  readonly declared: readonly Difference[];
}

export function readDeclarations(): Declarations {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'declared-differences.json'), 'utf8')) as Declarations;
}

export function differencesOf(
  script: Script,
  expected: readonly WarnedAnswer[],
  got: readonly WarnedAnswer[],
  declarations: Declarations,
): Difference[] {
  const compared = (answer: WarnedAnswer | undefined) => answer && withoutWarnings(answer, declarations);
  return script.statements.flatMap((statement, index) => {
    const answer = expected[index];
    if (answer === undefined) throw new Error(`no expected answer for ${script.name}:${statement.line}`);
    if (isDeepStrictEqual(compared(answer), compared(got[index]))) return [];
    return [{ script: script.name, statement, expected: answer, got: got[index] }];
  });
}

function withoutWarnings(answer: WarnedAnswer, declarations: Declarations): WarnedAnswer {
  const { warnings = [], ...rest } = answer;
  const kept = warnings.filter((warning) => !declarations.warnings.some(({ begins }) => warning.startsWith(begins)));
  const plain: Answer =
    rest.kind === 'prepared'
      ? { ...rest, executions: rest.executions.map((execution) => withoutWarnings(execution, declarations)) }
      : rest;
  return kept.length === 0 ? plain : { ...plain, warnings: kept };
}

export function judge(differences: readonly Difference[], declarations: Declarations): Judgement {
  const isDeclared = (difference: Difference) =>
    declarations.statements.some((declaration) => covers(declaration, difference));
  return {
    undeclared: differences.filter((difference) => !isDeclared(difference)),
    declared: differences.filter(isDeclared),
  };
}

/** Declarations that cover no difference, so that the list stays true. Asked of a run of the whole corpus. */
export function staleDeclarations(differences: readonly Difference[], declarations: Declarations): Declaration[] {
  return declarations.statements.filter(
    (declaration) => !differences.some((difference) => covers(declaration, difference)),
  );
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
