import { type CqlError, invalidRequest } from '../errors/index.ts';
import type { ColumnMetadata } from '../schema/index.ts';
import type { PreparedTerm } from './prepared-term.ts';

export interface SliceBound {
  /** One term for each of the first columns. */
  readonly terms: readonly PreparedTerm[];
  readonly inclusive: boolean;
}

interface OnColumns {
  /** In the order of the primary key; one unless `multi`. */
  readonly columns: readonly ColumnMetadata[];
  /** Whether it was written as `(a, b)`, even of one column. */
  readonly multi: boolean;
}

export interface EqRestriction extends OnColumns {
  readonly kind: 'eq';
  readonly terms: readonly PreparedTerm[];
}

export interface InRestriction extends OnColumns {
  readonly kind: 'in';
  readonly tuples: readonly (readonly PreparedTerm[])[];
}

/** `IN ?`: the marker holds the whole list. */
export interface InMarkerRestriction extends OnColumns {
  readonly kind: 'inMarker';
  readonly list: PreparedTerm;
}

export interface SliceRestriction extends OnColumns {
  readonly kind: 'slice';
  readonly lower: SliceBound | null;
  readonly upper: SliceBound | null;
}

/** CONTAINS, CONTAINS KEY and `map[key] = value` on one column. */
export interface ContainsRestriction extends OnColumns {
  readonly kind: 'contains';
  readonly values: readonly PreparedTerm[];
  readonly keys: readonly PreparedTerm[];
  readonly entries: readonly (readonly [PreparedTerm, PreparedTerm])[];
}

export type Restriction = EqRestriction | InRestriction | InMarkerRestriction | SliceRestriction | ContainsRestriction;

export function firstColumn(restriction: Restriction): ColumnMetadata {
  return restriction.columns[0] as ColumnMetadata;
}

export function lastColumn(restriction: Restriction): ColumnMetadata {
  return restriction.columns.at(-1) as ColumnMetadata;
}

/** Both restrictions as one, or Cassandra's reason why they exclude each other (`SingleRestriction.mergeWith`). */
export function mergeRestrictions(existing: Restriction, added: Restriction): Restriction {
  const common = inCommon(existing, added);
  switch (existing.kind) {
    case 'eq':
      throw moreThanOne(common, 'an Equal');
    case 'in':
    case 'inMarker':
      throw moreThanOne(common, 'a IN');
    case 'slice':
      return mergeSlices(existing, added, common);
    case 'contains':
      if (added.kind !== 'contains') {
        throw invalidRequest(
          `Collection column ${firstColumn(existing).name} can only be restricted by CONTAINS, CONTAINS KEY, or map-entry equality`,
        );
      }
      return {
        ...existing,
        values: [...existing.values, ...added.values],
        keys: [...existing.keys, ...added.keys],
        entries: [...existing.entries, ...added.entries],
      };
  }
}

function moreThanOne(columns: string, what: string): CqlError {
  return invalidRequest(`${columns} cannot be restricted by more than one relation if it includes ${what}`);
}

/** The names of the shared columns; between several stands Cassandra's own odd separator. */
function inCommon(left: Restriction, right: Restriction): string {
  const shared = left.columns.filter((column) => right.columns.includes(column));
  return shared.map((column) => column.name).join(' ,');
}

function mergeSlices(existing: SliceRestriction, added: Restriction, common: string): SliceRestriction {
  if (added.kind !== 'slice') {
    throw invalidRequest(`Column "${common}" cannot be restricted by both an equality and an inequality relation`);
  }
  const [left, right] = [firstColumn(existing), firstColumn(added)];
  if (left !== right) {
    const later = left.position > right.position ? left : right;
    throw invalidRequest(
      `Column "${later.name}" cannot be restricted by two inequalities not starting with the same column`,
    );
  }
  if (existing.lower !== null && added.lower !== null) {
    throw invalidRequest(`More than one restriction was found for the start bound on ${common}`);
  }
  if (existing.upper !== null && added.upper !== null) {
    throw invalidRequest(`More than one restriction was found for the end bound on ${common}`);
  }
  return {
    kind: 'slice',
    columns: existing.columns.length >= added.columns.length ? existing.columns : added.columns,
    multi: existing.multi || added.multi,
    lower: existing.lower ?? added.lower,
    upper: existing.upper ?? added.upper,
  };
}

/** The restrictions of some columns, kept in the order of the columns (`RestrictionSet`). */
export class RestrictionSet {
  private readonly byColumn = new Map<ColumnMetadata, Restriction>();
  private readonly order: (left: ColumnMetadata, right: ColumnMetadata) => number;

  constructor(order: (left: ColumnMetadata, right: ColumnMetadata) => number) {
    this.order = order;
  }

  /** Adds a restriction, merged with what its columns already have. */
  add(added: Restriction): void {
    const existing = new Set(added.columns.flatMap((column) => this.byColumn.get(column) ?? []));
    let merged = added;
    for (const restriction of existing) merged = mergeRestrictions(restriction, merged);
    for (const column of [...merged.columns, ...added.columns]) this.byColumn.set(column, merged);
  }

  get isEmpty(): boolean {
    return this.byColumn.size === 0;
  }

  get(column: ColumnMetadata): Restriction | undefined {
    return this.byColumn.get(column);
  }

  /** The restricted columns in order. */
  columns(): ColumnMetadata[] {
    return [...this.byColumn.keys()].sort(this.order);
  }

  /** Each restriction once, in the order of its first column. */
  restrictions(): Restriction[] {
    return [...new Set(this.columns().map((column) => this.byColumn.get(column) as Restriction))];
  }

  some(test: (restriction: Restriction) => boolean): boolean {
    return this.restrictions().some(test);
  }
}

export const isSlice = (restriction: Restriction): boolean => restriction.kind === 'slice';
export const isContains = (restriction: Restriction): boolean => restriction.kind === 'contains';
export const isIn = (restriction: Restriction): boolean => restriction.kind === 'in' || restriction.kind === 'inMarker';
