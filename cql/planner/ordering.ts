import { type AnalysisContext, columnReceiver, resolveColumn, type StatementRestrictions } from '../analyser/index.ts';
import type { Ordering } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';

export interface PreparedOrdering {
  readonly column: ColumnMetadata;
  readonly descending: boolean;
}

/** The columns of ORDER BY; of one given twice the last direction stands. */
export function resolveOrderings(
  context: AnalysisContext,
  table: TableMetadata,
  orderings: readonly Ordering[],
): readonly PreparedOrdering[] {
  const byColumn = new Map<ColumnMetadata, PreparedOrdering>();
  for (const { column: name, direction, ann } of orderings) {
    const column = resolveColumn(table, name);
    if (ann !== null) {
      context.prepareTerm(ann, columnReceiver(table, column));
      throw invalidRequest('ANN ordering by vector requires the column to be indexed');
    }
    byColumn.set(column, { column, descending: direction === 'DESC' });
  }
  return [...byColumn.values()];
}

/** Whether the rows of a partition come in the reverse of their stored order; throws for an order that cannot be had. */
export function isReversed(
  table: TableMetadata,
  orderings: readonly PreparedOrdering[],
  restrictions: StatementRestrictions,
): boolean {
  if (restrictions.isKeyRange) {
    throw invalidRequest('ORDER BY is only supported when the partition key is restricted by an EQ or an IN.');
  }
  let next = 0;
  let reversed: boolean | null = null;
  for (const { column, descending } of orderings) {
    if (column.kind !== 'clustering') {
      throw invalidRequest(
        `Order by is currently only supported on the clustered columns of the PRIMARY KEY, got ${column.name}`,
      );
    }
    for (; next !== column.position; next++) {
      const skipped = table.clustering[next];
      if (skipped === undefined || !restrictions.isRestrictedByEq(skipped)) {
        throw invalidRequest(
          'Order by currently only supports the ordering of columns following their declared order in the PRIMARY KEY',
        );
      }
    }
    next++;
    const against = descending !== (column.order === 'desc');
    if (reversed !== null && reversed !== against) throw invalidRequest('Unsupported order by relation');
    reversed = against;
  }
  return reversed === true;
}
