export type { ChangeTarget, ChangeType, SchemaChange, SchemaResult } from './change.ts';
export {
  type ClusteringOrder,
  type ColumnKind,
  type ColumnMask,
  type ColumnMetadata,
  type DroppedColumn,
  isComplex,
  isCounterColumn,
  isPrimaryKey,
  storedType,
} from './column.ts';
export {
  type AggregateMetadata,
  emptyKeyspace,
  type FunctionMetadata,
  type KeyspaceFields,
  KeyspaceMetadata,
  type ViewMetadata,
} from './keyspace.ts';
export { type Caching, DEFAULT_TABLE_PARAMS, type StringMap, type TableParams } from './params.ts';
export { Schema } from './schema.ts';
export { type IndexMetadata, type TableFields, type TableKind, TableMetadata } from './table.ts';
