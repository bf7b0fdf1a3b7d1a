import type { FieldValue, Term } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import { type CqlType, cqlName, type TupleType, type UserType, unwrapReversed } from '../types/index.ts';
import type { Receiver } from './bind-variables.ts';
import type { AnalysisContext } from './context.ts';
import { NULL_TERM, type PreparedTerm } from './prepared-term.ts';
import { componentReceiver, fieldReceiver } from './receivers.ts';
import { tupleComponents } from './term-assignment.ts';

/** `(a, b)` for a tuple or a user type; `(a)` is `a` in parentheses where no tuple is expected. */
export function prepareTuple(context: AnalysisContext, elements: readonly Term[], receiver: Receiver): PreparedTerm {
  const type = unwrapReversed(receiver.type);
  const components = tupleComponents(type);
  if (components === null) {
    if (elements.length === 1) return context.prepareTerm(elements[0] as Term, receiver);
    throw invalidRequest(`Invalid tuple type literal for ${receiver.name} of type ${cqlName(type)}`);
  }
  if (elements.length > components.length) {
    throw invalidRequest(
      `Invalid tuple literal for ${receiver.name}: too many elements. ` +
        `Type ${cqlName(type)} expects ${components.length} but got ${elements.length}`,
    );
  }
  const receivers = elements.map((_, i) => componentReceiver(receiver, i, components[i] as CqlType));
  for (const [i, element] of elements.entries()) {
    const expected = receivers[i] as Receiver;
    if (context.testTerm(element, expected) === 'none') {
      throw invalidRequest(
        `Invalid tuple literal for ${receiver.name}: component ${i} is not of type ${cqlName(expected.type)}`,
      );
    }
  }
  const prepared = elements.map((element, i) => context.prepareTerm(element, receivers[i] as Receiver));
  return { kind: 'tuple', type: type as TupleType | UserType, elements: prepared };
}

/** `{field: value, …}`; fields that are not given are null. */
export function prepareUserType(
  context: AnalysisContext,
  given: readonly FieldValue[],
  receiver: Receiver,
): PreparedTerm {
  const type = unwrapReversed(receiver.type);
  if (type.kind !== 'udt') {
    throw invalidRequest(`Invalid user type literal for ${receiver.name} of type ${cqlName(type)}`);
  }
  const values = new Map(given.map(({ field, value }) => [field, value]));
  for (const field of type.fields) {
    const value = values.get(field.name);
    if (value !== undefined && context.testTerm(value, fieldReceiver(receiver, field.name, field.type)) === 'none') {
      throw invalidRequest(
        `Invalid user type literal for ${receiver.name}: field ${field.name} is not of type ${cqlName(field.type)}`,
      );
    }
  }
  const elements = type.fields.map((field) => {
    const value = values.get(field.name);
    return value === undefined
      ? NULL_TERM
      : context.prepareTerm(value, fieldReceiver(receiver, field.name, field.type));
  });
  for (const name of values.keys()) {
    if (!type.fields.some((field) => field.name === name)) {
      throw invalidRequest(`Unknown field '${name}' in value of user defined type ${type.name}`);
    }
  }
  return { kind: 'tuple', type, elements };
}
