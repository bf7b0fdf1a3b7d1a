import { describe, expect, test } from 'vitest';
import { planText, schemaOf } from '../planner/testing.ts';
import { type CqlValue, encodeValue, valueLiteral } from '../types/index.ts';

const schema = schemaOf({
  keyspace: 'k',
  schema: ['CREATE TABLE t (k int PRIMARY KEY, m map<int, text>, fm frozen<map<int, text>>, s set<int>, v int)'],
});

/** What a selection makes of a row with one cell, which is of the type of the result. */
function selected(selection: string, cell: CqlValue): string {
  const plan = planText(schema, 'k', `SELECT ${selection} FROM t WHERE k = 1`);
  if (plan.kind !== 'slow' || plan.slow.rows === null || plan.resultColumns === null) throw new Error('not computed');
  const [column] = plan.resultColumns;
  if (column === undefined) throw new Error('no column');
  const run = plan.slow.rows.start([], { now: () => 0 });
  const [row] = [...run.page([[encodeValue(column.type, cell)]]), ...run.finish()];
  return valueLiteral(column.type, row?.[0] ?? null);
}

describe('a slice that selects nothing', () => {
  const map: CqlValue = [[1, 'a']];

  test('of a collection of cells is null', () => {
    expect(selected('m[5..]', map)).toBe('null');
    expect(selected('s[5..]', [1])).toBe('null');
  });

  test('of a frozen collection is empty', () => {
    expect(selected('fm[5..]', map)).toBe('{}');
  });
});

describe('similarity of two literals', () => {
  test('takes them as vectors of their length', () => {
    expect(Number(selected('similarity_cosine([1, 2], [3, 4])', null))).toBeCloseTo(0.99193496, 6);
    expect(Number(selected('similarity_dot_product([1, 2], [3, 4])', null))).toBe(6);
  });

  test.each([
    ['[1, 2], [3, 4, 5]', 'All arguments must have the same vector dimensions'],
    [
      "['a'], ['b']",
      "Type error: ['a'] cannot be passed as argument 0 of function system.similarity_cosine of type vector<float, 1>",
    ],
    [
      '[v, 1], [2, 3]',
      'Type error: [v, 1] cannot be passed as argument 0 of function system.similarity_cosine of type vector<float, 2>',
    ],
    ['[], []', 'vectors may only have positive dimensions; given 0'],
    [
      '[1, 2], 5',
      'Function system.similarity_cosine requires a float vector argument, but found argument 5 of type int',
    ],
  ])('of %s is refused', (args, message) => {
    expect(() => planText(schema, 'k', `SELECT similarity_cosine(${args}) FROM t`)).toThrow(message);
  });
});
