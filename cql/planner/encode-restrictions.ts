import type { PreparedTerm, Restriction, SliceBound, StatementRestrictions, TokenRange } from '../analyser/index.ts';
import { invalidRequest } from '../errors/index.ts';
import type { ColumnMetadata } from '../schema/index.ts';
import { FILTER_OPS, TARGETS } from './encode-predicates.ts';
import type { PlanWriter } from './plan-writer.ts';

const SLICE_FLAGS = { lower: 1, lowerInclusive: 2, upper: 4, upperInclusive: 8 } as const;

/** `partition`: the keys one by one, a range of tokens, or those of the keys whose token is in a range. */
export function writePartition(out: PlanWriter, restrictions: StatementRestrictions): void {
  const { partition, token, table } = restrictions;
  if (!partition.isEmpty && !restrictions.partitionNeedsFiltering) {
    if (token === null) out.u8(1);
    else writeTokenRange(out.u8(2), token);
    out.u16(table.partitionKey.length);
    for (const column of table.partitionKey) writeKeyComponent(out, partition.get(column) as Restriction);
    return;
  }
  writeTokenRange(out.u8(0), token);
}

function writeTokenRange(out: PlanWriter, token: TokenRange | null): void {
  for (const bound of [token?.lower ?? null, token?.upper ?? null]) {
    if (bound === null) out.u8(0);
    else
      out
        .u8(1)
        .u8(bound.inclusive ? 1 : 0)
        .term(bound.terms[0] as PreparedTerm);
  }
}

function writeKeyComponent(out: PlanWriter, restriction: Restriction): void {
  switch (restriction.kind) {
    case 'eq':
      out.u8(0).term(restriction.terms[0] as PreparedTerm);
      return;
    case 'in':
      out.u8(1).terms(restriction.tuples.flat());
      return;
    case 'inMarker':
      out.u8(2).term(restriction.list);
      return;
    default:
      throw new Error(`a partition key cannot be found by ${restriction.kind}`);
  }
}

/** `clustering`: what bounds the rows of a partition; the rest of the restrictions are filters. */
export function writeClustering(out: PlanWriter, restrictions: StatementRestrictions): void {
  const { bounds } = restrictions.clustering.split();
  out.u16(bounds.length);
  for (const restriction of bounds) {
    out.u16((restriction.columns[0] as ColumnMetadata).position).u16(restriction.columns.length);
    writeBounds(out, restriction);
  }
}

function writeBounds(out: PlanWriter, restriction: Restriction): void {
  switch (restriction.kind) {
    case 'eq':
      out.u8(0);
      for (const term of restriction.terms) out.term(term);
      return;
    case 'in':
      out.u8(1).u16(restriction.tuples.length);
      for (const term of restriction.tuples.flat()) out.term(term);
      return;
    case 'inMarker':
      out.u8(2).term(restriction.list);
      return;
    case 'slice':
      writeSlice(out.u8(3), restriction.lower, restriction.upper);
      return;
    case 'contains':
      throw new Error('a clustering column cannot be found by contains');
  }
}

function writeSlice(out: PlanWriter, lower: SliceBound | null, upper: SliceBound | null): void {
  let flags = 0;
  if (lower !== null) flags |= SLICE_FLAGS.lower | (lower.inclusive ? SLICE_FLAGS.lowerInclusive : 0);
  if (upper !== null) flags |= SLICE_FLAGS.upper | (upper.inclusive ? SLICE_FLAGS.upperInclusive : 0);
  out.u8(flags);
  if (lower !== null) out.terms(lower.terms);
  if (upper !== null) out.terms(upper.terms);
}

/** `filters`: the restrictions that neither the key nor the clustering can find. */
export function writeFilters(out: PlanWriter, restrictions: StatementRestrictions): void {
  const found = [
    ...(restrictions.partitionNeedsFiltering ? restrictions.partition.restrictions() : []),
    ...restrictions.clustering.split().filters,
    ...restrictions.others.restrictions(),
  ];
  const filters = found.flatMap(filtersOf);
  out.u16(filters.length);
  for (const { column, key, op, write } of filters) {
    out.u8(key === null ? TARGETS.column : TARGETS.element).column(column);
    if (key !== null) out.term(key);
    out.u8(op);
    write(out);
  }
}

interface Filter {
  readonly column: ColumnMetadata;
  readonly key: PreparedTerm | null;
  readonly op: number;
  readonly write: (out: PlanWriter) => void;
}

function filtersOf(restriction: Restriction): Filter[] {
  const [column] = restriction.columns as readonly [ColumnMetadata];
  const one = (
    op: number,
    term: PreparedTerm,
    on: ColumnMetadata = column,
    key: PreparedTerm | null = null,
  ): Filter => ({
    column: on,
    key,
    op,
    write: (out) => out.term(term),
  });
  switch (restriction.kind) {
    case 'eq':
      return restriction.terms.map((term, i) => one(FILTER_OPS['='], term, restriction.columns[i]));
    case 'in':
      if (restriction.columns.length > 1) throw invalidRequest('Multicolumn IN filters are not supported');
      return [{ column, key: null, op: FILTER_OPS.IN, write: (out) => out.terms(restriction.tuples.flat()) }];
    case 'inMarker':
      if (restriction.columns.length > 1) throw invalidRequest('Multicolumn IN filters are not supported');
      return [one(FILTER_OPS.inMarker, restriction.list)];
    case 'slice':
      return sliceFilters(restriction, one);
    case 'contains':
      return [
        ...restriction.values.map((term) => one(FILTER_OPS.CONTAINS, term)),
        ...restriction.keys.map((term) => one(FILTER_OPS['CONTAINS KEY'], term)),
        ...restriction.entries.map(([key, value]) => one(FILTER_OPS['='], value, column, key)),
      ];
  }
}

function sliceFilters(
  restriction: Extract<Restriction, { kind: 'slice' }>,
  one: (op: number, term: PreparedTerm) => Filter,
): Filter[] {
  if (restriction.columns.length > 1) {
    throw invalidRequest('Multi-column slice restrictions cannot be used for filtering.');
  }
  const { lower, upper } = restriction;
  const filters: Filter[] = [];
  if (lower !== null) filters.push(one(FILTER_OPS[lower.inclusive ? '>=' : '>'], lower.terms[0] as PreparedTerm));
  if (upper !== null) filters.push(one(FILTER_OPS[upper.inclusive ? '<=' : '<'], upper.terms[0] as PreparedTerm));
  return filters;
}
