import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CqlSyntaxError, parse } from './index.ts';

/** Broken statements with the message that Cassandra 5.0.6 gives for each. */
const RECORDED: readonly (readonly [statement: string, message: string])[] = JSON.parse(
  readFileSync(new URL('./syntax-errors.recorded.json', import.meta.url), 'utf8'),
);

function messageOf(statement: string): string {
  try {
    parse(statement);
  } catch (error) {
    expect(error).toBeInstanceOf(CqlSyntaxError);
    return (error as CqlSyntaxError).message;
  }
  return 'parsed';
}

describe('syntax errors', () => {
  it.each(RECORDED)('of %j have the words that Cassandra gives', (statement, message) => {
    expect(messageOf(statement)).toBe(message);
  });

  it.each([
    ['1e309', 'Character I is neither a decimal digit number, decimal point, nor "e" notation exponential mark.'],
    ['-1.1e400', 'Character I is neither a decimal digit number, decimal point, nor "e" notation exponential mark.'],
    ['1e2147483648', 'Exponent overflow.'],
    ['1e-2147483649', 'Exponent overflow.'],
    ['1e99999999999', 'Too many nonzero exponent digits.'],
  ])('of the number %s have the words of Java', (number, reason) => {
    const statement = `INSERT INTO t (k, d) VALUES (5, ${number})`;
    expect(messageOf(statement)).toBe(
      `Failed parsing statement: [${statement}] reason: NumberFormatException ${reason}`,
    );
  });

  it('are not found in numbers that are only small or fill a double', () => {
    expect(messageOf('INSERT INTO t (k, d) VALUES (1e-400, 1.7976931348623157e308)')).toBe('parsed');
  });

  it('stop a statement that nests too deeply instead of the process', () => {
    const depth = 100_000;
    const nested = [
      `SELECT ${'('.repeat(depth)}a FROM t`,
      `SELECT ${'-'.repeat(0)}${'- '.repeat(depth)}a FROM t`,
      `SELECT * FROM t WHERE a = ${'['.repeat(depth)}`,
      `SELECT * FROM t WHERE a = ${'{1: '.repeat(depth)}`,
      `SELECT * FROM t WHERE a = ${'f('.repeat(depth)}1`,
      `SELECT * FROM t WHERE ${'('.repeat(depth)}a = 1`,
      `CREATE TABLE t (a ${'frozen<'.repeat(depth)}int`,
    ];
    for (const statement of nested) expect(messageOf(statement)).toMatch(/nested more than 500 levels/);
  });

  it('are found in one try for each level of nested type hints', () => {
    const statement = `SELECT ${'(int) '.repeat(400)} a b FROM t`;
    expect(messageOf(statement)).toMatch(/^line 1:2408 mismatched input 'a'/);
  });
});
