import { invalidRequest } from '../errors/index.ts';
import { type CqlType, compareValues, joinCollection, joinTuple, joinVector, list, map, set } from '../types/index.ts';
import type { BoundValue, EvaluationContext } from './evaluation.ts';
import type { PreparedTerm } from './prepared-term.ts';

/** The value of a term for one execution. Compound values with an unset part are unset, as in Cassandra. */
export function evaluateTerm(
  term: PreparedTerm,
  values: readonly BoundValue[],
  context: EvaluationContext,
): BoundValue {
  const evaluate = (part: PreparedTerm): BoundValue => evaluateTerm(part, values, context);
  switch (term.kind) {
    case 'null':
      return null;
    case 'constant':
      return term.bytes;
    case 'marker':
      return values[term.index];
    case 'computed':
    case 'call':
    case 'token':
      return term.value.evaluate(values, context);
    case 'collection':
      return collectionValue(term.type, term.elementType, term.elements.map(evaluate));
    case 'map':
      return mapValue(
        term.keyType,
        term.entries.map(([key, value]) => [evaluate(key), evaluate(value)]),
      );
    case 'tuple':
      return tupleValue(term.elements.map(evaluate));
    case 'vector': {
      const parts = term.elements.map((element) => present(evaluate(element), 'vectors'));
      return joinVector(term.type, parts);
    }
  }
}

export function collectionValue(kind: 'list' | 'set', elements: CqlType, values: readonly BoundValue[]): BoundValue {
  if (values.includes(undefined)) return undefined;
  const parts = values.map((value) => present(value, 'collections'));
  if (kind === 'list') return joinCollection(list(elements), parts);
  return joinCollection(set(elements), sortedUnique(elements, parts));
}

/** Of equal keys the last stands. `nullValues`: null may be a value, as a column of a selection can be. */
export function mapValue(
  keys: CqlType,
  entries: readonly (readonly [BoundValue, BoundValue])[],
  nullValues = false,
): BoundValue {
  if (entries.some(([, value]) => value === undefined)) return undefined;
  const pairs = entries.map(([key, value]) => {
    if (key === undefined) throw invalidRequest('unset value is not supported for map keys');
    const keptNull = nullValues && value === null;
    return [present(key, 'collections'), keptNull ? null : present(value, 'collections')] as const;
  });
  const sorted = pairs
    .map((pair, order) => ({ pair, order }))
    .sort((a, b) => compareValues(keys, a.pair[0], b.pair[0]) || a.order - b.order)
    .map(({ pair }) => pair)
    .filter(
      (pair, i, all) => i === all.length - 1 || compareValues(keys, pair[0], (all[i + 1] as typeof pair)[0]) !== 0,
    );
  return joinCollection(map(keys, keys), sorted.flat());
}

export function tupleValue(parts: readonly BoundValue[]): BoundValue {
  const unset = parts.indexOf(undefined);
  if (unset >= 0) throw invalidRequest(`Invalid unset value for tuple field number ${unset}`);
  return joinTuple(parts as readonly (Uint8Array | null)[]);
}

function sortedUnique(type: CqlType, parts: readonly Uint8Array[]): Uint8Array[] {
  const sorted = [...parts].sort((a, b) => compareValues(type, a, b));
  return sorted.filter((part, i) => i === 0 || compareValues(type, sorted[i - 1] as Uint8Array, part) !== 0);
}

function present(value: BoundValue, where: 'collections' | 'vectors'): Uint8Array {
  if (value === null || value === undefined) throw invalidRequest(`null is not supported inside ${where}`);
  return value;
}
