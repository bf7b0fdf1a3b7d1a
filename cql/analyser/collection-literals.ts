import { type MapEntry, type Term, termText } from '../ast/index.ts';
import { type CqlError, invalidRequest } from '../errors/index.ts';
import { type CqlType, cqlName, unwrapReversed, type VectorType } from '../types/index.ts';
import type { Receiver } from './bind-variables.ts';
import type { AnalysisContext } from './context.ts';
import { mapValue } from './evaluate-term.ts';
import { constant, containsMarker, type PreparedTerm } from './prepared-term.ts';
import { keyReceiver, valueReceiver } from './receivers.ts';
import { unexpectedArray } from './term-assignment.ts';

/** `[a, b]` for a list or a vector. */
export function prepareList(context: AnalysisContext, elements: readonly Term[], receiver: Receiver): PreparedTerm {
  const type = unwrapReversed(receiver.type);
  if (type.kind === 'vector') return prepareVector(context, elements, receiver, type);
  if (type.kind !== 'list') throw unexpectedArray(receiver);
  const prepared = prepareElements(context, elements, receiver, type.elements, 'list');
  return { kind: 'collection', type: 'list', elementType: type.elements, elements: prepared };
}

/** `{a, b}`; `{}` is also how an empty map is written. */
export function prepareSet(context: AnalysisContext, elements: readonly Term[], receiver: Receiver): PreparedTerm {
  const type = unwrapReversed(receiver.type);
  if (type.kind === 'map' && elements.length === 0) return constant(mapValue(type.keys, []) ?? null);
  if (type.kind !== 'set') throw invalidRequest(`Invalid set literal for ${receiver.name} of type ${cqlName(type)}`);
  const prepared = prepareElements(context, elements, receiver, type.elements, 'set');
  return { kind: 'collection', type: 'set', elementType: type.elements, elements: prepared };
}

function prepareElements(
  context: AnalysisContext,
  elements: readonly Term[],
  receiver: Receiver,
  type: CqlType,
  kind: 'list' | 'set' | 'vector',
): PreparedTerm[] {
  const expected = valueReceiver(receiver, type);
  for (const element of elements) {
    if (context.testTerm(element, expected) === 'none') throw wrongPart(kind, 'value', element, receiver, type);
  }
  return elements.map((element) => {
    const prepared = context.prepareTerm(element, expected);
    return kind === 'vector' ? prepared : withoutMarker(prepared, kind, receiver);
  });
}

function prepareVector(
  context: AnalysisContext,
  elements: readonly Term[],
  receiver: Receiver,
  type: VectorType,
): PreparedTerm {
  if (elements.length !== type.dimension) {
    throw invalidRequest(
      `Invalid vector literal for ${receiver.name} of type ${cqlName(type)}; ` +
        `expected ${type.dimension} elements, but given ${elements.length}`,
    );
  }
  const prepared = prepareElements(context, elements, receiver, type.elements, 'vector');
  return { kind: 'vector', type, elements: prepared };
}

/** `{a: b}` */
export function prepareMap(context: AnalysisContext, entries: readonly MapEntry[], receiver: Receiver): PreparedTerm {
  const type = unwrapReversed(receiver.type);
  if (type.kind !== 'map') throw invalidRequest(`Invalid map literal for ${receiver.name} of type ${cqlName(type)}`);
  const keys = keyReceiver(receiver, type);
  const values = valueReceiver(receiver, type.values);
  for (const { key, value } of entries) {
    if (context.testTerm(key, keys) === 'none') throw wrongPart('map', 'key', key, receiver, type.keys);
    if (context.testTerm(value, values) === 'none') throw wrongPart('map', 'value', value, receiver, type.values);
  }
  const prepared = entries.map(({ key, value }) => {
    const pair = [context.prepareTerm(key, keys), context.prepareTerm(value, values)] as const;
    for (const part of pair) withoutMarker(part, 'map', receiver);
    return pair;
  });
  return { kind: 'map', keyType: type.keys, entries: prepared };
}

function wrongPart(kind: string, part: 'key' | 'value', term: Term, receiver: Receiver, type: CqlType): CqlError {
  const where = `Invalid ${kind} literal for ${receiver.name}`;
  return invalidRequest(`${where}: ${part} ${termText(term, receiver.keyspace)} is not of type ${cqlName(type)}`);
}

function withoutMarker(term: PreparedTerm, kind: string, receiver: Receiver): PreparedTerm {
  if (!containsMarker(term)) return term;
  throw invalidRequest(
    `Invalid ${kind} literal for ${receiver.name}: bind variables are not supported inside collection literals`,
  );
}
