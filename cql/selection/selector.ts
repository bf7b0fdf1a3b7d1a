import type { BoundValue, EvaluationContext } from '../analyser/index.ts';
import type { ColumnMetadata } from '../schema/index.ts';
import type { CqlType } from '../types/index.ts';

export type Bytes = Uint8Array | null;

/** The raw cells of one row, by the indexes of a RawSelection. */
export type InputRow = readonly Bytes[];

/** What the shard is asked for in one cell of a raw row. */
export type RawKind = 'value' | 'writetime' | 'ttl' | 'maxwritetime';

export interface RawColumn {
  readonly kind: RawKind;
  readonly column: ColumnMetadata;
}

/** The raw columns that the selectors of one statement need, each once. */
export class RawSelection {
  readonly columns: RawColumn[] = [];

  indexOf(column: ColumnMetadata, kind: RawKind = 'value'): number {
    const found = this.columns.findIndex((raw) => raw.column === column && raw.kind === kind);
    if (found >= 0) return found;
    this.columns.push({ kind, column });
    return this.columns.length - 1;
  }
}

/** Values bound to one execution, for the terms of a selection. */
export interface Execution {
  readonly values: readonly BoundValue[];
  readonly context: EvaluationContext;
}

/**
 * One column of a result at work: rows go in, a value comes out. A selector that does not aggregate keeps the first
 * row that it saw since the last reset.
 */
export interface Selector {
  add(row: InputRow): void;
  output(): Bytes;
  reset(): void;
}

/** A selector, resolved (Cassandra's Selector.Factory). */
export interface PreparedSelector {
  /** As the result column is named without an alias. */
  readonly name: string;
  readonly type: CqlType;
  readonly aggregates: boolean;
  /** Set when the shard's raw cell is the result as it is. */
  readonly raw: RawColumn | null;
  /** `count(*)` */
  readonly countsRows: boolean;
  start(execution: Execution): Selector;
}

/** A selector whose value is computed from one row by `read`. */
export function rowSelector(read: (row: InputRow) => Bytes): Selector {
  let value: Bytes = null;
  let seen = false;
  return {
    add(row) {
      if (seen) return;
      value = read(row);
      seen = true;
    },
    output: () => value,
    reset() {
      value = null;
      seen = false;
    },
  };
}

/** A selector whose value is computed from those of others. */
export function combinedSelector(parts: readonly Selector[], combine: (values: readonly Bytes[]) => Bytes): Selector {
  return {
    add(row) {
      for (const part of parts) part.add(row);
    },
    output: () => combine(parts.map((part) => part.output())),
    reset() {
      for (const part of parts) part.reset();
    },
  };
}
