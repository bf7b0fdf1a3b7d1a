import { resolveColumn, type StatementRestrictions } from '../analyser/index.ts';
import type { Selectable } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import type { TableMetadata } from '../schema/index.ts';

/** A GROUP BY that Cassandra refuses is refused in its words, any other in Ceto's (`getAggregationSpecFactory`). */
export function refuseGroupBy(
  table: TableMetadata,
  groupBy: readonly Selectable[],
  restrictions: StatementRestrictions,
): never {
  let next = 0;
  for (const selectable of groupBy) {
    if (selectable.kind !== 'SelectedColumn') break;
    const column = resolveColumn(table, selectable.name);
    const position = table.primaryKey.indexOf(column);
    if (position < 0) {
      throw invalidRequest(
        `Group by is currently only supported on the columns of the PRIMARY KEY, got ${column.name}`,
      );
    }
    for (; next !== position; next++) {
      const skipped = table.primaryKey[next];
      if (next > position || skipped === undefined || !restrictions.isRestrictedByEq(skipped)) {
        throw invalidRequest(
          'Group by currently only support groups of columns following their declared order in the PRIMARY KEY',
        );
      }
    }
    next++;
  }
  throw invalidRequest('GROUP BY is not supported by Ceto yet');
}
