import { evaluateTerm } from '../analyser/evaluate-term.ts';
import type { Receiver } from '../analyser/index.ts';
import type { PreparedTerm } from '../analyser/prepared-term.ts';
import { keyReceiver, valueReceiver } from '../analyser/receivers.ts';
import { type SelectedElement, type SelectedField, type SelectedSlice, type Term, termText } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import {
  type CqlType,
  compareValues,
  cqlName,
  joinCollection,
  type MapType,
  type SetType,
  splitCollection,
  splitTuple,
} from '../types/index.ts';
import { selectableText } from './selectable-text.ts';
import type { SelectionContext } from './selection-context.ts';
import { type Bytes, combinedSelector, type Execution, type PreparedSelector } from './selector.ts';

/** A selector made of one other by `apply`. */
function derived(
  inner: PreparedSelector,
  name: string,
  type: CqlType,
  start: (execution: Execution) => (value: Uint8Array) => Bytes,
): PreparedSelector {
  return {
    name,
    type,
    aggregates: inner.aggregates,
    raw: null,
    countsRows: false,
    start(execution) {
      const apply = start(execution);
      return combinedSelector([inner.start(execution)], ([value]) =>
        value === null || value === undefined ? null : apply(value),
      );
    },
  };
}

/** `u.field` */
export function prepareField(context: SelectionContext, selected: SelectedField): PreparedSelector {
  const inner = context.prepare(selected.receiver);
  const { type } = inner;
  if (type.kind !== 'udt') {
    throw invalidRequest(
      `Invalid field selection: ${selectableText(selected.receiver, context.table.keyspace)} of type ${cqlName(type)} is not a user type`,
    );
  }
  const index = type.fields.findIndex((field) => field.name === selected.field);
  const field = type.fields[index];
  if (field === undefined) {
    throw invalidRequest(
      `${selectableText(selected.receiver, context.table.keyspace)} of type ${cqlName(type)} has no field ${selected.field}`,
    );
  }
  return derived(inner, `${inner.name}.${selected.field}`, field.type, () => (value) => {
    return splitTuple(type.fields.length, value, 'UDT')[index] ?? null;
  });
}

/** The set or map of which a part is selected, and the receiver of the keys given. */
export function prepareIndexed(
  context: SelectionContext,
  selected: SelectedElement | SelectedSlice,
): { readonly inner: PreparedSelector; readonly type: SetType | MapType; readonly keys: Receiver } {
  const inner = context.prepare(selected.receiver);
  const { type } = inner;
  const text = selectableText(selected.receiver, context.table.keyspace);
  const what = selected.kind === 'SelectedElement' ? 'element' : 'slice';
  if (type.kind === 'list') {
    const title = what === 'element' ? 'Element' : 'Slice';
    throw invalidRequest(`${title} selection is only allowed on sets and maps, but ${text} is a list`);
  }
  if (type.kind !== 'set' && type.kind !== 'map') {
    const is = what === 'element' ? 'is of type' : 'of type';
    throw invalidRequest(`Invalid ${what} selection: ${text} ${is} ${cqlName(type)} is not a collection`);
  }
  const { keyspace, name: table } = context.table;
  const receiver: Receiver = { keyspace, table, name: inner.name, type };
  return {
    inner,
    type,
    keys: type.kind === 'map' ? keyReceiver(receiver, type) : valueReceiver(receiver, type.elements),
  };
}

/** Keys and the positions of a collection's cells. */
export function cellKeys(type: SetType | MapType, value: Uint8Array): Uint8Array[] {
  const parts = splitCollection(type, value);
  return type.kind === 'map' ? parts.filter((_, i) => i % 2 === 0) : parts;
}

export function keyTypeOf(type: SetType | MapType): CqlType {
  return type.kind === 'map' ? type.keys : type.elements;
}

/** The key of `m[key]` in one execution. */
export function elementKey(term: PreparedTerm, name: string, { values, context }: Execution): Uint8Array {
  const key = evaluateTerm(term, values, context);
  if (key === null) throw invalidRequest(`Invalid null value for element selection on ${name}`);
  if (key === undefined) throw invalidRequest(`Invalid unset value for element selection on ${name}`);
  return key;
}

/** `m[key]` of a map is the value, `s[element]` of a set the element itself. */
export function prepareElement(context: SelectionContext, selected: SelectedElement): PreparedSelector {
  const { inner, type, keys } = prepareIndexed(context, selected);
  const term = context.analysis.prepareTerm(selected.element, keys);
  const resultType = type.kind === 'map' ? type.values : type.elements;
  return derived(inner, `${inner.name}[${termText(selected.element)}]`, resultType, (execution) => {
    const key = elementKey(term, inner.name, execution);
    return (value) => {
      const index = cellKeys(type, value).findIndex((cell) => compareValues(keyTypeOf(type), cell, key) === 0);
      if (index < 0) return null;
      const parts = splitCollection(type, value);
      return parts[type.kind === 'map' ? 2 * index + 1 : index] ?? null;
    };
  });
}

/** Whether a cell's key lies within a slice, both ends included. */
export function sliceTest(
  type: SetType | MapType,
  [from, to]: readonly [PreparedTerm | null, PreparedTerm | null],
  name: string,
  { values, context }: Execution,
): (key: Uint8Array) => boolean {
  const bound = (term: PreparedTerm | null): Uint8Array | undefined => {
    const value = term === null ? undefined : evaluateTerm(term, values, context);
    if (value === null) throw invalidRequest(`Invalid null value for slice selection on ${name}`);
    return value;
  };
  const [lower, upper] = [bound(from), bound(to)];
  const keyType = keyTypeOf(type);
  return (key) =>
    (lower === undefined || compareValues(keyType, lower, key) <= 0) &&
    (upper === undefined || compareValues(keyType, key, upper) <= 0);
}

export function prepareSliceBounds(
  context: SelectionContext,
  selected: SelectedSlice,
  keys: Receiver,
): readonly [PreparedTerm | null, PreparedTerm | null] {
  const prepare = (term: Term | null): PreparedTerm | null =>
    term === null ? null : context.analysis.prepareTerm(term, keys);
  return [prepare(selected.from), prepare(selected.to)];
}

/** `m[from..to]`: null when a collection of cells has none there, empty when a frozen one has. */
export function prepareSlice(context: SelectionContext, selected: SelectedSlice): PreparedSelector {
  const { inner, type, keys } = prepareIndexed(context, selected);
  const bounds = prepareSliceBounds(context, selected, keys);
  const [from, to] = [selected.from, selected.to].map((term) => (term === null ? '' : termText(term)));
  return derived(inner, `${inner.name}[${from}..${to}]`, type, (execution) => {
    const within = sliceTest(type, bounds, inner.name, execution);
    const width = type.kind === 'map' ? 2 : 1;
    return (value) => {
      const parts = splitCollection(type, value);
      const selected = parts.filter((_, i) => within(parts[i - (i % width)] as Uint8Array));
      return selected.length === 0 && !type.frozen ? null : joinCollection(type, selected);
    };
  });
}
