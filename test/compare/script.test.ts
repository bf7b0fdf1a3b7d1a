import { describe, expect, it } from 'vitest';
import { parseScript } from './script.ts';

describe('a corpus file', () => {
  it('is split at semicolons that end a line, batches at APPLY BATCH', () => {
    const { statements } = parseScript(
      'some-file',
      "SELECT ';' FROM t\n  WHERE a = 1;\nBEGIN BATCH\n  DELETE FROM t;\nAPPLY BATCH;\nBROKEN;;\n",
    );
    expect(statements.map(({ cql, line }) => [line, cql])).toEqual([
      [1, "SELECT ';' FROM t\n  WHERE a = 1"],
      [3, 'BEGIN BATCH\n  DELETE FROM t;\nAPPLY BATCH'],
      [6, 'BROKEN;'],
    ]);
  });

  it('gives its directives to the next statement only', () => {
    const script = parseScript(
      'a-b',
      '-- @protocol 4\n-- prose\n-- @page 2\n-- @bind [1]\n-- @bind [null, "x"]\n-- @timestamp 5\nSELECT 1;\n\nSELECT 2;\n',
    );
    expect(script).toMatchObject({ name: 'a-b', keyspace: 'compare_a_b', version: 4, makesKeyspace: true });
    expect(script.statements).toEqual([
      { cql: 'SELECT 1', line: 7, pageSize: 2, bind: [[1], [null, 'x']], timestamp: 5n },
      { cql: 'SELECT 2', line: 9 },
    ]);
  });

  it('with an unknown directive or an unfinished statement is refused with its place', () => {
    expect(() => parseScript('a', '\n-- @pages 2\nSELECT 1;')).toThrow('corpus/a.cql:2: no directive @pages');
    expect(() => parseScript('a', 'SELECT 1;\nSELECT 2')).toThrow('corpus/a.cql:2: a statement without its end');
  });
});
