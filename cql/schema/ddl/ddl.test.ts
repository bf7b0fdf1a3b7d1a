import { describe, expect, test } from 'vitest';
import type { SchemaStatement } from '../../ast/index.ts';
import { CqlError } from '../../errors/index.ts';
import { CqlSyntaxError, parse } from '../../parser/index.ts';
import { applySchemaStatement, Schema } from '../index.ts';
import { TEST_CONTEXT as context, type RecordedStatement, recordedSchema } from '../testing.ts';

const { statements } = recordedSchema();

/** Ceto refuses COMPACT STORAGE where Cassandra goes on; the statement after it drops the table again. */
function isMeantToDiffer(index: number): boolean {
  const compact = (statement: RecordedStatement | undefined): boolean =>
    statement?.cql.endsWith('COMPACT STORAGE') === true;
  return (
    compact(statements[index]) || (compact(statements[index - 1]) && statements[index]?.cql.startsWith('DROP') === true)
  );
}

function answer(schema: Schema, cql: string): { schema: Schema; text: string } {
  try {
    const result = applySchemaStatement(schema, parse(cql).statement as SchemaStatement, context);
    return { schema: result.schema, text: ['ok', ...result.warnings].join(' | ') };
  } catch (error) {
    if (error instanceof CqlSyntaxError) return { schema, text: `8192 ${error.message}` };
    if (!(error instanceof CqlError)) throw error;
    // The driver that recorded puts its own words for ALREADY_EXISTS.
    return { schema, text: error.code === 0x2400 ? '9216' : `${error.code} ${error.message}` };
  }
}

function recordedAnswer({ ok, code, error, warnings = [] }: RecordedStatement): string {
  if (ok) return ['ok', ...warnings].join(' | ');
  return code === 0x2400 ? '9216' : `${code} ${error}`;
}

describe('schema statements', () => {
  test('give the answers that Cassandra 5.0.6 gave, errors and warnings included', () => {
    let schema = new Schema();
    const found: string[] = [];
    const expected: string[] = [];
    for (const [index, statement] of statements.entries()) {
      const given = answer(schema, statement.cql);
      schema = given.schema;
      if (isMeantToDiffer(index)) continue;
      found.push(`${statement.cql}\n  ${given.text}`);
      expected.push(`${statement.cql}\n  ${recordedAnswer(statement)}`);
    }
    expect(expected.length).toBeGreaterThan(200);
    expect(found).toEqual(expected);
  });

  test('a column id is never given twice, even after its column was dropped', () => {
    let schema = new Schema();
    const run = (cql: string): void => {
      schema = applySchemaStatement(schema, parse(cql).statement as SchemaStatement, context).schema;
    };
    run("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    run('CREATE TABLE k.t (a int PRIMARY KEY, b int, c int)');
    run('ALTER TABLE k.t DROP c');
    run('ALTER TABLE k.t ADD c int');
    const table = schema.table('k', 't');
    expect(table?.column('c')?.id).toBe(3);
    expect(table?.dropped.get('c')).toMatchObject({ id: 2, droppedTimeMicros: 1n });
    expect(table?.nextColumnId).toBe(4);
  });

  test('a refused statement leaves the schema as it was', () => {
    const schema = new Schema();
    const statement = parse('CREATE TABLE k.t (a int PRIMARY KEY)').statement as SchemaStatement;
    expect(() => applySchemaStatement(schema, statement, context)).toThrow("Keyspace 'k' doesn't exist");
    expect(schema.keyspaces.size).toBe(0);
  });
});
