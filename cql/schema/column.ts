import { type CqlType, isCounter, isMultiCell, reversed } from '../types/index.ts';

export type ColumnKind = 'partition_key' | 'clustering' | 'static' | 'regular';

export type ClusteringOrder = 'asc' | 'desc';

/** The masking function of a column (CREATE TABLE … MASKED WITH). */
export interface ColumnMask {
  readonly functionKeyspace: string;
  readonly functionName: string;
  readonly argumentTypes: readonly string[];
  readonly argumentValues: readonly (string | null)[];
}

export interface ColumnMetadata {
  /** Stable within the table for its whole life: the shard names cells by it. */
  readonly id: number;
  readonly name: string;
  readonly kind: ColumnKind;
  /** Component index of a key column, -1 for the others. */
  readonly position: number;
  /** As CQL sees it: never a reversed type, see `order`. */
  readonly type: CqlType;
  /** Stored order; `asc` for every column that is not clustering. */
  readonly order: ClusteringOrder;
  readonly mask?: ColumnMask;
}

export interface DroppedColumn {
  readonly id: number;
  readonly name: string;
  readonly kind: ColumnKind;
  readonly type: CqlType;
  /** Cells written at or before this time (microseconds) are gone. */
  readonly droppedTimeMicros: bigint;
}

export function isPrimaryKey(column: ColumnMetadata): boolean {
  return column.kind === 'partition_key' || column.kind === 'clustering';
}

export function isCounterColumn(column: ColumnMetadata): boolean {
  return isCounter(column.type);
}

/** Whether the column's value is kept as several cells (unfrozen collection or user type). */
export function isComplex(column: ColumnMetadata): boolean {
  return !isPrimaryKey(column) && isMultiCell(column.type);
}

/** The type as files and the shard order it: wrapped in reversed for DESC clustering. */
export function storedType(column: ColumnMetadata): CqlType {
  return column.order === 'desc' ? reversed(column.type) : column.type;
}
