import { evaluateTerm } from '../analyser/evaluate-term.ts';
import { resolveColumn } from '../analyser/names.ts';
import { resolveType } from '../analyser/type-resolution.ts';
import { type Selectable, type SelectedTypeHint, typeText } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import { type CqlType, cqlName, freeze, native } from '../types/index.ts';
import { prepareElement, prepareField, prepareSlice } from './element-selectors.ts';
import { prepareCallSelector } from './function-selectors.ts';
import {
  prepareListSelector,
  prepareMapSelector,
  prepareSetSelector,
  prepareTupleSelector,
} from './literal-selectors.ts';
import { selectableText } from './selectable-text.ts';
import { testSelectable } from './selectable-type.ts';
import { cannotInfer, type SelectionContext, selectionReceiver } from './selection-context.ts';
import { type PreparedSelector, type RawColumn, rowSelector } from './selector.ts';
import { prepareWritetime } from './writetime-selectors.ts';

/** Resolves one selectable; `expected` is the type that its place asks for, null for a result column. */
export function prepareSelector(
  context: SelectionContext,
  selectable: Selectable,
  expected: CqlType | null = null,
): PreparedSelector {
  switch (selectable.kind) {
    case 'SelectedColumn':
      return columnSelector(context, { kind: 'value', column: resolveColumn(context.table, selectable.name) });
    case 'SelectedTerm':
      return prepareTermSelector(context, selectable, expected);
    case 'SelectedCountRows':
      return countRows();
    case 'SelectedWritetimeOrTtl':
      return prepareWritetime(context, selectable);
    case 'SelectedField':
      return prepareField(context, selectable);
    case 'SelectedElement':
      return prepareElement(context, selectable);
    case 'SelectedSlice':
      return prepareSlice(context, selectable);
    case 'SelectedTypeHint':
      return prepareHint(context, selectable);
    case 'SelectedParenthesesOrTuple':
      return prepareTupleSelector(context, selectable, expected);
    case 'SelectedList':
      return prepareListSelector(context, selectable, expected);
    case 'SelectedSet':
      return prepareSetSelector(context, selectable, expected);
    case 'SelectedMapOrUserType':
      return prepareMapSelector(context, selectable, expected);
    default:
      return countsRows(selectable) ? countRows() : prepareCallSelector(context, selectable, expected);
  }
}

/** `count(1)`, or of any other constant, is `count(*)`. */
function countsRows(selectable: Selectable): boolean {
  if (selectable.kind !== 'SelectedFunctionCall') return false;
  const { name, args } = selectable;
  if (name.name !== 'count' || (name.keyspace ?? 'system') !== 'system' || args.length !== 1) return false;
  return args[0]?.kind === 'SelectedTerm' && args[0].term.kind === 'Constant';
}

/** A cell of the shard's as it is. */
export function columnSelector(context: SelectionContext, raw: RawColumn): PreparedSelector {
  const index = context.raw.indexOf(raw.column, raw.kind);
  return {
    name: raw.column.name,
    type: raw.column.type,
    aggregates: false,
    raw,
    countsRows: false,
    start: () => rowSelector((row) => row[index] ?? null),
  };
}

function prepareTermSelector(
  context: SelectionContext,
  selectable: Extract<Selectable, { kind: 'SelectedTerm' }>,
  expected: CqlType | null,
): PreparedSelector {
  const text = selectableText(selectable, context.table.keyspace);
  if (expected === null) throw cannotInfer(text);
  const term = context.analysis.prepareTerm(selectable.term, selectionReceiver(context, expected));
  return {
    name: text,
    type: expected,
    aggregates: false,
    raw: null,
    countsRows: false,
    start({ values, context: evaluation }) {
      const value = evaluateTerm(term, values, evaluation) ?? null;
      return rowSelector(() => value);
    },
  };
}

function countRows(): PreparedSelector {
  return {
    name: 'count',
    type: native('bigint'),
    aggregates: true,
    raw: null,
    countsRows: true,
    start() {
      let rows = 0n;
      return {
        add() {
          rows++;
        },
        output() {
          const bytes = new Uint8Array(8);
          new DataView(bytes.buffer).setBigInt64(0, rows);
          return bytes;
        },
        reset() {
          rows = 0n;
        },
      };
    },
  };
}

function prepareHint(context: SelectionContext, hint: SelectedTypeHint): PreparedSelector {
  const type = freeze(resolveType(context.analysis.schema, context.table.keyspace, hint.type));
  const typeName = typeText(hint.type, context.table.keyspace);
  const text = `(${typeName})${selectableText(hint.selectable, context.table.keyspace)}`;
  checkDimension(hint.selectable, type);
  if (testSelectable(context, hint.selectable, type) === 'none') {
    throw invalidRequest(`Cannot assign value ${text} to ${text} of type ${cqlName(type)}`);
  }
  const inner = prepareSelector(context, hint.selectable, type);
  return { ...inner, name: `(${typeName})${inner.name}`, type, raw: null, countsRows: false };
}

function checkDimension(selectable: Selectable, type: CqlType): void {
  if (type.kind !== 'vector' || selectable.kind !== 'SelectedList') return;
  const given = selectable.elements.length;
  if (given === type.dimension) return;
  throw invalidRequest(`Unable to create a vector selector of type ${cqlName(type)} from ${given} elements`);
}
