import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isOrderCompatible, isValueCompatible, parseMarshalName, testAssignment } from './index.ts';

/** Recorded from Cassandra 5.0.6: pairs of types that are compatible or assignable in some way; all other pairs are not. */
const GOLDEN = new URL('./testdata/cassandra-compatibility.tsv', import.meta.url);

const NOTHING = 'false false NOT_ASSIGNABLE';
const NAMES = { exact: 'EXACT_MATCH', weak: 'WEAKLY_ASSIGNABLE', none: 'NOT_ASSIGNABLE' };

const answers = new Map(
  readFileSync(GOLDEN, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, left, right, , answer] = line.split('\t');
      return [`${left} ~ ${right}`, answer] as const;
    }),
);

describe('types are compatible and assignable as in Cassandra 5.0.6', () => {
  test('for every pair of the recorded types', () => {
    const types = [...new Set([...answers.keys()].flatMap((pair) => pair.split(' ~ ')))];
    expect(types.length).toBeGreaterThan(40);
    const pairs = types.flatMap((left) => types.map((right) => [left, right] as const)).filter(([a, b]) => a !== b);
    const found: string[] = [];
    const expected: string[] = [];
    for (const [left, right] of pairs) {
      const [a, b] = [parseMarshalName(left), parseMarshalName(right)];
      const answer = `${isValueCompatible(a, b)} ${isOrderCompatible(a, b)} ${NAMES[testAssignment(a, b)]}`;
      found.push(`${left} ~ ${right}: ${answer}`);
      expected.push(`${left} ~ ${right}: ${answers.get(`${left} ~ ${right}`) ?? NOTHING}`);
    }
    expect(found).toEqual(expected);
  });
});
