import { collectionValue, mapValue, tupleValue } from '../analyser/evaluate-term.ts';
import type {
  Selectable,
  SelectedList,
  SelectedMapOrUserType,
  SelectedParenthesesOrTuple,
  SelectedSet,
} from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import { type CqlType, joinCollection, joinVector, type MapType, type UserType } from '../types/index.ts';
import { selectableText } from './selectable-text.ts';
import { exactSelectableType } from './selectable-type.ts';
import type { SelectionContext } from './selection-context.ts';
import { cannotInfer } from './selection-context.ts';
import { type Bytes, combinedSelector, type PreparedSelector } from './selector.ts';

/** A selector made of several others. */
function combined(
  parts: readonly PreparedSelector[],
  name: string,
  type: CqlType,
  combine: (values: readonly Bytes[]) => Bytes,
): PreparedSelector {
  return {
    name,
    type,
    aggregates: parts.some((part) => part.aggregates),
    raw: null,
    countsRows: false,
    start: (execution) =>
      combinedSelector(
        parts.map((part) => part.start(execution)),
        combine,
      ),
  };
}

function typeOf(context: SelectionContext, selectable: Selectable, expected: CqlType | null): CqlType {
  const type = expected ?? exactSelectableType(context, selectable);
  if (type === null) throw cannotInfer(selectableText(selectable, context.table.keyspace));
  return type;
}

const names = (parts: readonly PreparedSelector[]): string => parts.map((part) => part.name).join(', ');

/** `(a)` is a selector in parentheses unless a tuple is expected, `(a, b)` a tuple. */
export function prepareTupleSelector(
  context: SelectionContext,
  selectable: SelectedParenthesesOrTuple,
  expected: CqlType | null,
): PreparedSelector {
  const type = typeOf(context, selectable, expected);
  if (selectable.elements.length === 1 && type.kind !== 'tuple') {
    const inner = context.prepare(selectable.elements[0] as Selectable, expected);
    return { ...inner, name: `(${inner.name})`, raw: null, countsRows: false };
  }
  if (type.kind !== 'tuple') throw cannotInfer(selectableText(selectable, context.table.keyspace));
  const parts = selectable.elements.map((element, i) => context.prepare(element, type.elements[i] ?? null));
  return combined(parts, `(${names(parts)})`, type, (values) => tupleValue(values) ?? null);
}

export function prepareListSelector(
  context: SelectionContext,
  selectable: SelectedList,
  expected: CqlType | null,
): PreparedSelector {
  const type = typeOf(context, selectable, expected);
  if (type.kind !== 'list' && type.kind !== 'vector')
    throw cannotInfer(selectableText(selectable, context.table.keyspace));
  const parts = selectable.elements.map((element) => context.prepare(element, type.elements));
  return combined(parts, `[${names(parts)}]`, type, (values) => {
    // Columns can be null where terms cannot.
    if (type.kind === 'list') return joinCollection(type, values);
    if (values.includes(null)) throw invalidRequest('null is not supported inside vectors');
    return joinVector(type, values as readonly Uint8Array[]);
  });
}

export function prepareSetSelector(
  context: SelectionContext,
  selectable: SelectedSet,
  expected: CqlType | null,
): PreparedSelector {
  const type = typeOf(context, selectable, expected);
  if (type.kind === 'map') return combined([], '{}', type, () => mapValue(type.keys, []) ?? null);
  if (type.kind !== 'set') throw cannotInfer(selectableText(selectable, context.table.keyspace));
  const parts = selectable.elements.map((element) => context.prepare(element, type.elements));
  return combined(parts, `{${names(parts)}}`, type, (values) => collectionValue('set', type.elements, values) ?? null);
}

/** `{a: b}`: the expected type decides between a map and a user type. */
export function prepareMapSelector(
  context: SelectionContext,
  selectable: SelectedMapOrUserType,
  expected: CqlType | null,
): PreparedSelector {
  const type = typeOf(context, selectable, expected);
  if (type.kind === 'udt') return prepareUserTypeSelector(context, selectable, type);
  if (type.kind !== 'map') throw cannotInfer(selectableText(selectable, context.table.keyspace));
  return prepareEntries(context, selectable, type);
}

function prepareEntries(context: SelectionContext, selectable: SelectedMapOrUserType, type: MapType): PreparedSelector {
  const keys = selectable.entries.map(({ key }) => context.prepare(key, type.keys));
  const values = selectable.entries.map(({ value }) => context.prepare(value, type.values));
  const name = `{${keys.map((key, i) => `${key.name}: ${values[i]?.name}`).join(', ')}}`;
  return combined([...keys, ...values], name, type, (cells) => {
    const pairs = keys.map((_, i) => [cells[i] ?? null, cells[keys.length + i] ?? null] as const);
    return mapValue(type.keys, pairs, true) ?? null;
  });
}

function prepareUserTypeSelector(
  context: SelectionContext,
  selectable: SelectedMapOrUserType,
  type: UserType,
): PreparedSelector {
  const given = new Map<number, PreparedSelector>();
  const texts: string[] = [];
  for (const { key, value } of selectable.entries) {
    if (key.kind !== 'SelectedColumn') {
      throw invalidRequest(
        `${selectableText(key, context.table.keyspace)} is not a valid field identifier of type ${type.name} `,
      );
    }
    const index = type.fields.findIndex((field) => field.name === key.name);
    const field = type.fields[index];
    if (field === undefined) {
      throw invalidRequest(`Unknown field '${key.name}' in value of user defined type ${type.name}`);
    }
    const part = context.prepare(value, field.type);
    given.set(index, part);
    texts.push(`${key.name}: ${part.name}`);
  }
  const order = [...given.keys()];
  return combined([...given.values()], `{${texts.join(', ')}}`, type, (values) => {
    return tupleValue(type.fields.map((_, i) => values[order.indexOf(i)] ?? null)) ?? null;
  });
}
