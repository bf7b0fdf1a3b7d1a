import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PreparedTerm } from '../analyser/index.ts';
import { native, tuple, vector } from '../types/index.ts';
import { PlanWriter } from './plan-writer.ts';
import { planText, readGolden, schemaOf } from './testing.ts';
import { decodePlan, decodeTerm } from './testing-decoder.ts';

const int = native('int');
const MARKERS = 5;
const computed = { type: int, evaluate: () => null };

const leaf: fc.Arbitrary<PreparedTerm> = fc.oneof(
  fc.constant<PreparedTerm>({ kind: 'null' }),
  fc.uint8Array({ maxLength: 300 }).map((bytes): PreparedTerm => ({ kind: 'constant', bytes })),
  fc.nat({ max: MARKERS - 1 }).map((index): PreparedTerm => ({ kind: 'marker', index })),
  fc.constant<PreparedTerm>({ kind: 'computed', value: computed }),
  fc
    .constantFrom('now', 'uuid', 'current_timestamp', 'current_date', 'current_time', 'current_timeuuid')
    .map((call): PreparedTerm => ({ kind: 'call', call: call as 'now', value: computed })),
);

const { term } = fc.letrec<{ term: PreparedTerm; terms: PreparedTerm[] }>((tie) => ({
  terms: fc.array(tie('term'), { maxLength: 4 }),
  term: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc
      .tuple(fc.constantFrom('list', 'set'), tie('terms'))
      .map(
        ([type, elements]): PreparedTerm => ({ kind: 'collection', type: type as 'set', elementType: int, elements }),
      ),
    fc
      .array(fc.tuple(tie('term'), tie('term')), { maxLength: 3 })
      .map((entries): PreparedTerm => ({ kind: 'map', keyType: int, entries })),
    tie('terms').map((elements): PreparedTerm => ({ kind: 'tuple', type: tuple([int]), elements })),
    tie('terms').map((elements): PreparedTerm => ({ kind: 'vector', type: vector(int, 2), elements })),
    tie('terms').map((components): PreparedTerm => ({ kind: 'token', components, value: computed })),
  ),
}));

/** The term as the decoder tells it. */
function told(given: PreparedTerm): unknown {
  switch (given.kind) {
    case 'null':
      return null;
    case 'constant':
      return { constant: Buffer.from(given.bytes).toString('hex') };
    case 'marker':
      return { value: given.index };
    case 'computed':
      return { value: MARKERS };
    case 'collection':
      return { [given.type]: given.elements.map(told) };
    case 'map':
      return { map: given.entries.map(([key, value]) => [told(key), told(value)]) };
    case 'tuple':
      return { tuple: given.elements.map(told) };
    case 'vector':
      return { vector: given.elements.map(told) };
    case 'call':
      return { call: given.call };
    case 'token':
      return { token: given.components.map(told) };
  }
}

test('every term reads back as it was written', () => {
  fc.assert(
    fc.property(term, (given) => {
      const out = new PlanWriter(MARKERS);
      out.term(given);
      expect(decodeTerm(out.finish())).toEqual(told(given));
    }),
  );
});

const recording = readGolden<{ keyspace: string; schema: string[] }>('./metadata.golden.json');
const schema = schemaOf(recording);

function decoded(text: string): { readonly body: Record<string, unknown> } {
  const plan = planText(schema, recording.keyspace, text);
  if (!('bytes' in plan)) throw new Error('no data statement');
  return decodePlan(plan.bytes) as { body: Record<string, unknown> };
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const bytesOf = (value: number) => ({ constant: (value >>> 0).toString(16).padStart(8, '0') });

describe('what a statement says stands in its plan', () => {
  test('a key, a slice and a limit of any values', () => {
    const operators = fc.constantFrom('>', '>=', '<', '<=');
    fc.assert(
      fc.property(
        int32,
        operators,
        int32,
        fc.boolean(),
        fc.integer({ min: 1, max: 1e9 }),
        (k, operator, c, down, limit) => {
          const order = down ? 'DESC' : 'ASC';
          const { body } = decoded(
            `SELECT v FROM t WHERE k = ${k} AND c ${operator} ${c} ORDER BY c ${order} LIMIT ${limit}`,
          );
          const lower = operator.startsWith('>');
          const flags = (lower ? 1 : 4) * (operator.length === 2 ? 3 : 1);
          const bound = { [lower ? 'lower' : 'upper']: [bytesOf(c)] };
          expect(body).toMatchObject({
            flags: down ? 2 : 0,
            partition: [{ eq: bytesOf(k) }],
            clustering: [{ first: 0, columns: 1, slice: { flags, ...bound } }],
            limit: bytesOf(limit),
          });
        },
      ),
    );
  });

  test('IN of any number of keys', () => {
    fc.assert(
      fc.property(fc.array(int32, { minLength: 2, maxLength: 50 }), (keys) => {
        const { body } = decoded(`DELETE FROM t WHERE k IN (${keys.join(', ')})`);
        expect(body).toMatchObject({ kind: 2, partition: [{ in: keys.map(bytesOf) }], clustering: [], operations: [] });
      }),
    );
  });

  test('a batch of any statements, each with its own markers', () => {
    const statement = fc.constantFrom(
      'INSERT INTO t (k, c, v) VALUES (?, ?, ?)',
      'UPDATE t SET v = ? WHERE k = ? AND c = ?',
      'DELETE FROM t WHERE k = ? AND c > ? AND c < ?',
    );
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 20 }), (statements) => {
        const { body } = decoded(`BEGIN UNLOGGED BATCH ${statements.join(' ')} APPLY BATCH`);
        const modifications = body['statements'] as readonly Record<string, unknown>[];
        expect(modifications.map(({ kind }) => kind)).toEqual(
          statements.map((text) => ['INSERT', 'UPDATE', 'DELETE'].indexOf(text.slice(0, 6))),
        );
        for (const [i, { partition }] of modifications.entries()) {
          const marker = 3 * i + (statements[i]?.startsWith('UPDATE') === true ? 1 : 0);
          expect(partition).toEqual([{ eq: { value: marker } }]);
        }
      }),
    );
  });
});
