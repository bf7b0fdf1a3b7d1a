import type { AnalysisContext, ColumnSpecification } from '../analyser/index.ts';
import type { Selector as RawSelector } from '../ast/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';
import { prepareSelector } from './prepare-selector.ts';
import type { SelectionContext } from './selection-context.ts';
import {
  type Bytes,
  type Execution,
  type InputRow,
  type PreparedSelector,
  type RawColumn,
  RawSelection,
} from './selector.ts';

/** A select clause, resolved. */
export interface Selection {
  /** The columns of the result. */
  readonly columns: readonly ColumnSpecification[];
  /** The cells that the shard must give for each row. */
  readonly raw: RawSelection;
  readonly aggregates: boolean;
  /** `count(*)` and nothing else: the shard can count by itself. */
  readonly countsRows: boolean;
  /** For each result column its cell in `raw`, when all are the shard's cells as they are; null otherwise. */
  readonly plain: readonly RawColumn[] | null;
  readonly selectors: readonly PreparedSelector[];
}

/** Resolves what stands between SELECT and FROM; no selectors mean `*`. */
export function prepareSelection(
  analysis: AnalysisContext,
  table: TableMetadata,
  selectors: readonly RawSelector[],
): Selection {
  const raw = new RawSelection();
  const context: SelectionContext = {
    analysis,
    table,
    raw,
    prepare: (selectable, expected) => prepareSelector(context, selectable, expected),
  };
  const given: readonly RawSelector[] =
    selectors.length > 0
      ? selectors
      : table.columns.map(({ name }) => ({ selectable: { kind: 'SelectedColumn', name }, alias: null }));
  const prepared = given.map(({ selectable }) => prepareSelector(context, selectable));
  const columns = prepared.map((selector, i) => ({
    keyspace: table.keyspace,
    table: table.name,
    name: given[i]?.alias ?? selector.name,
    type: selector.type,
    ...(selector.raw?.kind === 'value' && selector.raw.column.order === 'desc' ? { descending: true } : {}),
  }));
  const plain = prepared.map((selector) => selector.raw);
  return {
    columns,
    raw,
    aggregates: prepared.some((selector) => selector.aggregates),
    countsRows: prepared.length === 1 && prepared[0]?.countsRows === true,
    plain: plain.includes(null) ? null : (plain as RawColumn[]),
    selectors: prepared,
  };
}

/** The table's columns that a selection reads, in the order in which they were first met. */
export function selectedColumns(selection: Selection): readonly ColumnMetadata[] {
  return [...new Set(selection.raw.columns.map((raw) => raw.column))];
}

/** Makes the rows of a result out of raw rows. */
export interface RowMaker {
  readonly aggregates: boolean;
  start(execution: Execution): { page(rows: readonly InputRow[]): Bytes[][]; finish(): Bytes[][] };
}

export function rowMaker({ selectors, aggregates }: Selection): RowMaker {
  return {
    aggregates,
    start(execution) {
      const running = selectors.map((selector) => selector.start(execution));
      const add = (row: InputRow): void => {
        for (const selector of running) selector.add(row);
      };
      const output = (): Bytes[] => running.map((selector) => selector.output());
      if (aggregates) {
        return {
          page(rows) {
            for (const row of rows) add(row);
            return [];
          },
          finish: () => [output()],
        };
      }
      return {
        page: (rows) =>
          rows.map((row) => {
            add(row);
            const made = output();
            for (const selector of running) selector.reset();
            return made;
          }),
        finish: () => [],
      };
    },
  };
}
