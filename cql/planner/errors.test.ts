import { describe, expect, test } from 'vitest';
import { CqlError } from '../errors/index.ts';
import { CqlSyntaxError, parse } from '../parser/index.ts';
import { SYSTEM_SCHEMAS } from '../schema/index.ts';
import { plan } from './index.ts';
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

/** Where Ceto says something else, and why. */
const MEANT: ReadonlyMap<string, string> = new Map([
  // Cassandra fails with an exception of Java's.
  ['UPDATE t SET v = 1 WHERE k = 1 AND c = 1 IF v.x = 1', '0 Column v is not of a user type'],
  [
    'BEGIN BATCH UPDATE t SET v = 1 WHERE k IN (1, 2) AND c = 1 INSERT INTO t (k, c) VALUES (2, 1) IF NOT EXISTS APPLY BATCH',
    '8704 Batch with conditions cannot span multiple partitions (you cannot use IN on the partition key)',
  ],
  // Within a frozen user type every type is frozen, which Cassandra does not print.
  [
    "INSERT INTO coll (k, fn) VALUES (1, {tags: ['a']})",
    "8704 Unexpected receiver type 'frozen<set<text>>'; only list and vector are expected",
  ],
  // Cassandra prints an object's address.
  ['SELECT (addr) {1: k} FROM t', '8704 1 is not a valid field identifier of type addr '],
  // An aggregate outside of a selection is refused before its arguments are looked at.
  ['SELECT * FROM t WHERE k = count(1)', '8704 Aggregation function are not supported in the where clause'],
]);

function expected({ statement, code, message }: RecordedError): string {
  return MEANT.get(statement) ?? `${code} ${withSortedSignatures(message)}`;
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
  test.each(atPrepare.map((error) => [error.statement, error] as const))('%s', (_, error) => {
    expect(refusal(error.keyspace, error.statement)).toBe(expected(error));
  });
});

describe('statements that Cassandra refuses to execute are refused with the same words or planned', () => {
  const atExecute = golden.errors.filter(({ at }) => at === 'execute');
  test.each(atExecute.map((error) => [error.statement, error] as const))('%s', (_, error) => {
    expect(['planned', expected(error)]).toContain(refusal(error.keyspace, error.statement));
  });
});

describe('virtual tables', () => {
  const INSERT = "INSERT INTO system_virtual_schema.keyspaces (keyspace_name) VALUES ('x')";

  test.each([INSERT, "DELETE FROM system_virtual_schema.keyspaces WHERE keyspace_name = 'x'"])(
    'are not written by %s of a client',
    (text) => {
      expect(() => planText(SYSTEM_SCHEMAS, null, text)).toThrow(
        'Modification is not supported by table system_virtual_schema.keyspaces',
      );
    },
  );

  test('refuse conditions first', () => {
    expect(() => planText(SYSTEM_SCHEMAS, null, `${INSERT} IF NOT EXISTS`)).toThrow(
      'Conditional updates are not supported by virtual tables',
    );
  });

  test('are written by the node itself', () => {
    const { statement, bindMarkers } = parse(INSERT);
    const planned = plan(statement, bindMarkers, { schema: SYSTEM_SCHEMAS, keyspace: null, internal: true });
    expect(planned.kind).toBe('native');
  });
});
