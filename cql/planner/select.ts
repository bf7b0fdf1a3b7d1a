import {
  type AnalysisContext,
  type PreparedTerm,
  resolveColumn,
  resolveTable,
  StatementRestrictions,
} from '../analyser/index.ts';
import type { BindMarker, Constant, Select } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import type { TableMetadata } from '../schema/index.ts';
import { prepareSelection, type RawColumn, type Selection, selectedColumns } from '../selection/index.ts';
import { native } from '../types/index.ts';
import { refuseGroupBy } from './group-by.ts';
import { isReversed, type PreparedOrdering, resolveOrderings } from './ordering.ts';
import { checkColumnNames, columnNames } from './selectable-columns.ts';

/** A SELECT, resolved. */
export interface PreparedSelect {
  readonly table: TableMetadata;
  readonly restrictions: StatementRestrictions;
  readonly selection: Selection;
  /** What the shard is asked for, cell by cell. */
  readonly selected: readonly RawColumn[];
  readonly distinct: boolean;
  readonly reversed: boolean;
  /** The shard counts the rows by itself. */
  readonly count: boolean;
  /** The worker makes the result's rows of the shard's. */
  readonly finished: boolean;
  readonly staticOnlyPartitions: boolean;
  /** As the shard is to apply it; null where aggregation makes it void. */
  readonly limit: PreparedTerm | null;
  /** As written: an aggregation checks it and has no use for it. */
  readonly writtenLimit: PreparedTerm | null;
  readonly perPartitionLimit: PreparedTerm | null;
  /** Rows of several partitions are sorted whole. */
  readonly ordering: readonly { readonly selected: number; readonly descending: boolean }[];
}

/** Resolves and checks a SELECT (`SelectStatement.RawStatement.prepare`). */
export function prepareSelect(context: AnalysisContext, raw: Select): PreparedSelect {
  const table = resolveTable(context.schema, raw.table, context.environment.keyspace);
  if (raw.json) throw invalidRequest('SELECT JSON is not supported by Ceto yet');
  checkColumnNames(table, raw.selectors);
  const onlyStatic = selectsOnlyStatics(table, raw);
  const orderings = resolveOrderings(context, table, raw.orderBy);
  const restrictions = new StatementRestrictions(context, table, raw.where, {
    type: 'SELECT',
    onlyStatic,
    allowFiltering: raw.allowFiltering,
  });
  const selection = prepareSelection(context, table, raw.selectors);
  if (raw.distinct) checkDistinct(raw, table, selection, restrictions);
  if (raw.groupBy.length > 0) refuseGroupBy(table, raw.groupBy, restrictions);
  if (selection.aggregates && raw.perPartitionLimit !== null) {
    throw invalidRequest('PER PARTITION LIMIT is not allowed with aggregate queries.');
  }
  const reversed = orderings.length > 0 && isReversed(table, orderings, restrictions);
  restrictions.checkNeedsFiltering();
  const perPartitionLimit = prepareLimit(context, table, raw.perPartitionLimit, '[per_partition_limit]');
  const limit = prepareLimit(context, table, raw.limit, '[limit]');
  return {
    table,
    restrictions,
    distinct: raw.distinct,
    reversed,
    perPartitionLimit,
    writtenLimit: limit,
    staticOnlyPartitions: keepsStaticOnlyPartitions(restrictions),
    ...layOut(table, selection, restrictions.keyIsIn ? orderings : [], limit),
  };
}

/** Decides who makes the rows, and what cells the shard gives for that. */
function layOut(
  table: TableMetadata,
  selection: Selection,
  sorted: readonly PreparedOrdering[],
  limit: PreparedTerm | null,
): Pick<PreparedSelect, 'selection' | 'selected' | 'count' | 'finished' | 'limit' | 'ordering'> {
  const none = { selection, ordering: [] };
  if (selection.countsRows) return { ...none, selected: [], count: true, finished: false, limit };
  if (selection.aggregates) {
    return { ...none, selected: rawColumns(table, selection), count: false, finished: true, limit: null };
  }
  const { plain } = selection;
  const indexIn = (cells: readonly RawColumn[], { column }: PreparedOrdering): number =>
    cells.findIndex((cell) => cell.kind === 'value' && cell.column === column);
  if (plain !== null && sorted.every((ordering) => indexIn(plain, ordering) >= 0)) {
    const ordering = sorted.map((one) => ({ selected: indexIn(plain, one), descending: one.descending }));
    return { selection, ordering, selected: plain, count: false, finished: false, limit };
  }
  // Cells that only the order needs come after those of the result, which the worker cuts off.
  const ordering = sorted.map(({ column, descending }) => ({ selected: selection.raw.indexOf(column), descending }));
  return { selection, ordering, selected: rawColumns(table, selection), count: false, finished: true, limit };
}

/** A row must have a cell to be told of, even if no selector reads one. */
function rawColumns(table: TableMetadata, { raw }: Selection): readonly RawColumn[] {
  const [first] = table.partitionKey;
  if (raw.columns.length === 0 && first !== undefined) raw.indexOf(first);
  return raw.columns;
}

function prepareLimit(
  context: AnalysisContext,
  table: TableMetadata,
  limit: Constant | BindMarker | null,
  name: string,
): PreparedTerm | null {
  if (limit === null) return null;
  return context.prepareTerm(limit, { keyspace: table.keyspace, table: table.name, name, type: native('int') });
}

/** Every selected column is static or of the partition key, and one is static. */
function selectsOnlyStatics(table: TableMetadata, raw: Select): boolean {
  const columns = columnNames(raw.selectors).map((name) => resolveColumn(table, name));
  return (
    columns.some((column) => column.kind === 'static') &&
    columns.every((column) => column.kind === 'static' || column.kind === 'partition_key')
  );
}

/** Rows asked for by clustering or by a regular column leave out partitions that have only static content. */
function keepsStaticOnlyPartitions({ table, clustering, others }: StatementRestrictions): boolean {
  return table.hasStaticColumns && clustering.isEmpty && !others.columns().some((column) => column.kind === 'regular');
}

function checkDistinct(
  raw: Select,
  table: TableMetadata,
  selection: Selection,
  restrictions: StatementRestrictions,
): void {
  if (raw.perPartitionLimit !== null) {
    throw invalidRequest('PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries');
  }
  if (restrictions.hasClustering || restrictions.others.columns().some((column) => column.kind !== 'static')) {
    throw invalidRequest(
      'SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.',
    );
  }
  const requested = selectedColumns(selection);
  for (const column of requested) {
    if (column.kind === 'partition_key' || column.kind === 'static') continue;
    throw invalidRequest(
      `SELECT DISTINCT queries must only request partition key columns and/or static columns (not ${column.name})`,
    );
  }
  if (!restrictions.isKeyRange) return;
  const missing = table.partitionKey.find((column) => !requested.includes(column));
  if (missing !== undefined) {
    throw invalidRequest(
      `SELECT DISTINCT queries must request all the partition key columns (missing ${missing.name})`,
    );
  }
}
