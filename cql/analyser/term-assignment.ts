import type { Term } from '../ast/index.ts';
import { CqlError, invalidRequest } from '../errors/index.ts';
import * as types from '../types/index.ts';
import { type Assignability, type CqlType, cqlName } from '../types/index.ts';
import type { Receiver } from './bind-variables.ts';
import type { AnalysisContext } from './context.ts';
import { resolveCall } from './function-call.ts';
import { componentReceiver, fieldReceiver, keyReceiver, valueReceiver } from './receivers.ts';
import { resolveType } from './type-resolution.ts';

/** Whether a term may be given to a receiver, before it is prepared (`AssignmentTestable.testAssignment`). */
export function testTerm(context: AnalysisContext, term: Term, receiver: Receiver): Assignability {
  switch (term.kind) {
    case 'Constant':
      return types.testConstant(term.type, term.text, receiver.type);
    case 'Null':
      return receiver.type.kind === 'counter' ? 'none' : 'weak';
    case 'BindMarker':
      return 'weak';
    case 'ListLiteral':
      return testArray(context, term.elements, receiver);
    case 'SetLiteral': {
      const type = types.unwrapReversed(receiver.type);
      if (type.kind === 'map' && term.elements.length === 0) return 'weak';
      if (type.kind !== 'set') return 'none';
      return testAll(context, term.elements, valueReceiver(receiver, type.elements));
    }
    case 'MapLiteral': {
      const type = types.unwrapReversed(receiver.type);
      if (type.kind !== 'map') return 'none';
      const keys = term.entries.map((entry) => entry.key);
      const values = term.entries.map((entry) => entry.value);
      return weakest([
        testAll(context, keys, keyReceiver(receiver, type)),
        testAll(context, values, valueReceiver(receiver, type.values)),
      ]);
    }
    case 'UserTypeLiteral':
      return testUserType(context, term, receiver);
    case 'TupleLiteral':
      return testTuple(context, term.elements, receiver);
    case 'TypeHint':
      return types.testAssignment(resolveType(context.schema, receiver.keyspace, term.type), receiver.type);
    default:
      return testCall(context, term, receiver);
  }
}

function testCall(context: AnalysisContext, term: Term, receiver: Receiver): Assignability {
  try {
    const found = resolveCall(context, term, receiver, receiver.type);
    return found === null ? 'weak' : types.testAssignment(found.returnType, receiver.type);
  } catch (error) {
    if (error instanceof CqlError) return 'weak';
    throw error;
  }
}

export function weakest(results: readonly Assignability[]): Assignability {
  if (results.includes('none')) return 'none';
  return results.includes('weak') ? 'weak' : 'exact';
}

function testAll(context: AnalysisContext, terms: readonly Term[], receiver: Receiver): Assignability {
  if (terms.length === 0) return 'weak';
  return weakest(terms.map((term) => testTerm(context, term, receiver)));
}

/** The error for `[…]` where neither a list nor a vector is expected. */
export function unexpectedArray(receiver: Receiver): CqlError {
  return invalidRequest(`Unexpected receiver type '${cqlName(receiver.type)}'; only list and vector are expected`);
}

function testArray(context: AnalysisContext, elements: readonly Term[], receiver: Receiver): Assignability {
  const type = types.unwrapReversed(receiver.type);
  if (type.kind !== 'list' && type.kind !== 'vector') throw unexpectedArray(receiver);
  if (type.kind === 'vector' && elements.length !== type.dimension) return 'none';
  return testAll(context, elements, valueReceiver(receiver, type.elements));
}

function testUserType(
  context: AnalysisContext,
  term: Extract<Term, { kind: 'UserTypeLiteral' }>,
  receiver: Receiver,
): Assignability {
  const type = types.unwrapReversed(receiver.type);
  if (type.kind !== 'udt') return 'none';
  for (const field of type.fields) {
    const given = term.fields.findLast((value) => value.field === field.name);
    if (given === undefined) continue;
    if (testTerm(context, given.value, fieldReceiver(receiver, field.name, field.type)) === 'none') return 'none';
  }
  return 'weak';
}

function testTuple(context: AnalysisContext, elements: readonly Term[], receiver: Receiver): Assignability {
  const components = tupleComponents(receiver.type);
  if (components === null) {
    return elements.length === 1 ? testTerm(context, elements[0] as Term, receiver) : 'none';
  }
  if (elements.length > components.length) return 'none';
  const fits = elements.every((element, i) => {
    const expected = componentReceiver(receiver, i, components[i] as CqlType);
    return testTerm(context, element, expected) !== 'none';
  });
  return fits ? 'weak' : 'none';
}

/** The component types of a tuple or user type, null for any other type. */
export function tupleComponents(type: CqlType): readonly CqlType[] | null {
  const bare = types.unwrapReversed(type);
  if (bare.kind === 'tuple') return bare.elements;
  return bare.kind === 'udt' ? bare.fields.map((field) => field.type) : null;
}
