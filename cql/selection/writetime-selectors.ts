import { resolveColumn } from '../analyser/names.ts';
import type { Selectable, SelectedWritetimeOrTtl } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import type { ColumnMetadata } from '../schema/index.ts';
import { type CqlType, compareValues, isMultiCell, joinTuple } from '../types/index.ts';
import { cellKeys, elementKey, keyTypeOf, prepareIndexed, prepareSliceBounds, sliceTest } from './element-selectors.ts';
import { writetimeType } from './selectable-type.ts';
import type { SelectionContext } from './selection-context.ts';
import { type Bytes, type Execution, type PreparedSelector, rowSelector } from './selector.ts';

/** `writetime(c)`, `maxwritetime(c)` and `ttl(c)` of a column, or of an element, a slice or a field of one. */
export function prepareWritetime(context: SelectionContext, selected: SelectedWritetimeOrTtl): PreparedSelector {
  const column = resolveColumn(context.table, selected.column);
  if (column.kind === 'partition_key' || column.kind === 'clustering') {
    throw invalidRequest(`Cannot use selection function ${selected.function} on PRIMARY KEY part ${column.name}`);
  }
  return selected.selected.kind === 'SelectedColumn'
    ? wholeColumn(context, selected, column)
    : partOfColumn(context, selected, column, selected.selected);
}

function wholeColumn(
  context: SelectionContext,
  { function: kind }: SelectedWritetimeOrTtl,
  column: ColumnMetadata,
): PreparedSelector {
  const index = context.raw.indexOf(column, kind);
  return {
    name: `${kind}(${column.name})`,
    type: writetimeType(kind, column.type),
    aggregates: false,
    raw: { kind, column },
    countsRows: false,
    start: () => rowSelector((row) => row[index] ?? null),
  };
}

/** Which of a multi-cell column's cells a part is made of, given the column's value. */
type PickCells = (value: Uint8Array) => readonly number[];

function partOfColumn(
  context: SelectionContext,
  { function: kind }: SelectedWritetimeOrTtl,
  column: ColumnMetadata,
  part: Selectable,
): PreparedSelector {
  const inner = context.prepare(part);
  const type = writetimeType(kind, inner.type);
  const rawKind = kind === 'maxwritetime' ? 'writetime' : kind;
  const [values, times] = [context.raw.indexOf(column), context.raw.indexOf(column, rawKind)];
  const pick = pickCells(context, part);
  const whole = { name: `${kind}(${inner.name})`, type, aggregates: false, raw: null, countsRows: false };
  if (!isMultiCell(column.type)) {
    // A frozen value has one cell, which every part of it shares.
    return { ...whole, start: () => rowSelector((row) => row[times] ?? null) };
  }
  return {
    ...whole,
    start(execution) {
      const cells = pick(execution);
      return rowSelector((row) => {
        const [value, all] = [row[values] ?? null, row[times] ?? null];
        return value === null || all === null ? null : timesOf(type, cells(value), all);
      });
    },
  };
}

function pickCells(context: SelectionContext, part: Selectable): (execution: Execution) => PickCells {
  switch (part.kind) {
    case 'SelectedElement': {
      const { inner, type, keys } = prepareIndexed(context, part);
      const term = context.analysis.prepareTerm(part.element, keys);
      return (execution) => {
        const key = elementKey(term, inner.name, execution);
        return (value) => indexesOf(cellKeys(type, value), (cell) => compareValues(keyTypeOf(type), cell, key) === 0);
      };
    }
    case 'SelectedSlice': {
      const { inner, type, keys } = prepareIndexed(context, part);
      const bounds = prepareSliceBounds(context, part, keys);
      return (execution) => {
        const within = sliceTest(type, bounds, inner.name, execution);
        return (value) => indexesOf(cellKeys(type, value), within);
      };
    }
    case 'SelectedField': {
      const { type } = context.prepare(part.receiver);
      const index = type.kind === 'udt' ? type.fields.findIndex((field) => field.name === part.field) : -1;
      return () => () => [index];
    }
    default:
      throw invalidRequest(`Cannot select the write time of a ${part.kind}`);
  }
}

function indexesOf(cells: readonly Uint8Array[], test: (cell: Uint8Array) => boolean): number[] {
  return cells.flatMap((cell, i) => (test(cell) ? [i] : []));
}

/** The times of the cells as the result wants them: a list of several, the one, or the greatest. */
function timesOf(type: CqlType, cells: readonly number[], all: Uint8Array): Bytes {
  const every = readTimes(all);
  const found = cells.map((index) => every[index] ?? null);
  if (type.kind === 'list') return writeTimes(found);
  const present = found.filter((time) => time !== null);
  if (present.length === 0) return null;
  return present.reduce((greatest, time) => (compareValues(type, time, greatest) > 0 ? time : greatest));
}

/** The cells' times as the shard gives them: a list whose elements may be null. */
function readTimes(bytes: Uint8Array): Bytes[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const times: Bytes[] = [];
  let offset = 4;
  for (let left = view.getInt32(0); left > 0; left--) {
    const length = view.getInt32(offset);
    offset += 4;
    times.push(length < 0 ? null : bytes.subarray(offset, offset + length));
    offset += Math.max(length, 0);
  }
  return times;
}

function writeTimes(times: readonly Bytes[]): Uint8Array {
  const body = joinTuple(times);
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setInt32(0, times.length);
  bytes.set(body, 4);
  return bytes;
}
