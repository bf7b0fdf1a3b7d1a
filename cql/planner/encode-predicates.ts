import type { Predicate } from '../analyser/index.ts';
import type { PlanWriter } from './plan-writer.ts';

/** What a filter looks at. */
export const TARGETS = { column: 0, element: 1, field: 2 } as const;

/** `op` of a filter; `inMarker` is IN with one marker for the list. */
export const FILTER_OPS = {
  '=': 0,
  '<': 1,
  '<=': 2,
  '>': 3,
  '>=': 4,
  IN: 5,
  CONTAINS: 6,
  'CONTAINS KEY': 7,
  '!=': 8,
  inMarker: 9,
} as const;

/** `conditions` of a modification. */
export function writePredicates(out: PlanWriter, predicates: readonly Predicate[]): void {
  out.u16(predicates.length);
  for (const predicate of predicates) writePredicate(out, predicate);
}

function writePredicate(out: PlanWriter, { column, element, field, comparison }: Predicate): void {
  if (element !== null) out.u8(TARGETS.element).column(column).term(element);
  else if (field !== null) out.u8(TARGETS.field).column(column).u16(field);
  else out.u8(TARGETS.column).column(column);
  if (comparison.operator !== 'IN') {
    out.u8(FILTER_OPS[comparison.operator]).term(comparison.value);
    return;
  }
  const { values } = comparison;
  if (values.kind === 'marker') out.u8(FILTER_OPS.inMarker).term(values.list);
  else out.u8(FILTER_OPS.IN).terms(values.values);
}
