import { type BindMarker, type InValues, type Term, type TupleLiteral, termText } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import { list, splitTuple, type TupleType, tuple } from '../types/index.ts';
import type { Receiver } from './bind-variables.ts';
import type { AnalysisContext } from './context.ts';
import type { PreparedTerm } from './prepared-term.ts';

/** The receiver of a marker that holds a whole tuple: `(a,b)`. */
function tupleReceiver(receivers: readonly Receiver[]): Receiver & { readonly type: TupleType } {
  const [first] = receivers as readonly [Receiver, ...Receiver[]];
  const name = `(${receivers.map((receiver) => receiver.name).join(',')})`;
  return {
    keyspace: first.keyspace,
    table: first.table,
    name,
    type: tuple(receivers.map((receiver) => receiver.type)),
  };
}

/** The terms of `(1, ?)` or of a marker for the whole tuple, one for each column. */
export function tupleOperand(
  context: AnalysisContext,
  value: TupleLiteral | BindMarker,
  receivers: readonly Receiver[],
): readonly PreparedTerm[] {
  if (value.kind === 'BindMarker') return markerComponents(context, value, receivers);
  if (value.elements.length !== receivers.length) {
    throw invalidRequest(
      `Expected ${receivers.length} elements in value tuple, but got ${value.elements.length}: ${termText(value)}`,
    );
  }
  return value.elements.map((element, i) => context.prepareTerm(element, receivers[i] as Receiver));
}

/** The components of a tuple that one marker holds; the worker takes them apart. */
function markerComponents(
  context: AnalysisContext,
  marker: BindMarker,
  receivers: readonly Receiver[],
): readonly PreparedTerm[] {
  const receiver = tupleReceiver(receivers);
  context.variables.add(marker, receiver);
  return receivers.map(({ type }, i) => ({
    kind: 'computed',
    value: {
      type,
      evaluate(values) {
        const value = values[marker.index];
        if (value === undefined) throw invalidRequest(`Invalid unset value for tuple ${receiver.name}`);
        if (value === null) return null;
        return splitTuple(receivers.length, value, 'tuple')[i] ?? null;
      },
    },
  }));
}

/** The tuples of `IN ((1, 2), ?)`, or the term of a marker for the whole list. */
export function prepareTuples(
  context: AnalysisContext,
  values: InValues,
  receivers: readonly Receiver[],
): readonly (readonly PreparedTerm[])[] | PreparedTerm {
  if (values.kind === 'InList') {
    return values.terms.map((term: Term) => tupleOperand(context, term as TupleLiteral | BindMarker, receivers));
  }
  const { keyspace, table, name, type } = tupleReceiver(receivers);
  return context.prepareTerm(values, { keyspace, table, name: `in${name}`, type: list(type) });
}
