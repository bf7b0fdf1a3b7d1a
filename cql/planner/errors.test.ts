import { describe, expect, test } from 'vitest';
import { CqlError } from '../errors/index.ts';
import { CqlSyntaxError } from '../parser/index.ts';
import { planText, readGolden, schemaOf } from './testing.ts';

interface RecordedError {
  readonly statement: string;
  /** Null for a connection without a keyspace in use. */
  readonly keyspace: string | null;
  readonly code: number;
  readonly message: string;
  /** `execute`: Cassandra prepares the statement and refuses each execution, where Ceto may refuse at once. */
  readonly at: 'prepare' | 'execute';
}

const SYNTAX_ERROR = 0x2000;

const golden = readGolden<{ keyspace: string; schema: string[]; errors: RecordedError[] }>('./errors.golden.json');
const schema = schemaOf(golden);

/** Cassandra lists a function's signatures in the order of a hash map. */
function withSortedSignatures(message: string): string {
  return message.replace(/(signatures?: )(.*)(\))/, (_, start: string, list: string, end: string) => {
    const signatures = list.split(/, (?=system\.)/).sort();
    return `${start}${signatures.join(', ')}${end}`;
  });
}

function refusal(keyspace: string | null, text: string): string {
  try {
    planText(schema, keyspace, text);
    return 'planned';
  } catch (error) {
    if (error instanceof CqlSyntaxError) return `${SYNTAX_ERROR} ${error.message}`;
    if (error instanceof CqlError) return `${error.code} ${withSortedSignatures(error.message)}`;
    throw error;
  }
}

describe('statements that Cassandra refuses to prepare are refused with its code and words', () => {
  const atPrepare = golden.errors.filter(({ at, code }) => at === 'prepare' && code !== SYNTAX_ERROR);
  test.each(atPrepare.map((error) => [error.statement, error] as const))('%s', (_, { statement, keyspace, code, message }) => {
    expect(refusal(keyspace, statement)).toBe(`${code} ${withSortedSignatures(message)}`);
  });
});

describe('statements that Cassandra refuses to execute are refused with the same words or planned', () => {
  const atExecute = golden.errors.filter(({ at }) => at === 'execute');
  test.each(atExecute.map((error) => [error.statement, error] as const))('%s', (_, { statement, keyspace, code, message }) => {
    expect(['planned', `${code} ${message}`]).toContain(refusal(keyspace, statement));
  });
});
