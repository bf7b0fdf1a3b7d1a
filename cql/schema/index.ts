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
export { applySchemaStatement } from './ddl/apply.ts';
export type { DdlContext } from './ddl/context.ts';
export { isSystemKeyspace, LOCAL_SYSTEM_KEYSPACES, REPLICATED_SYSTEM_KEYSPACES } from './ddl/guards.ts';
export { resolveType, type TypeScope } from './ddl/resolve-type.ts';
export { MAX_TTL } from './ddl/table-attributes.ts';
export { encodeTableDescriptor, TABLE_DESCRIPTOR_FLAGS, TABLE_DESCRIPTOR_VERSION } from './descriptor.ts';
export { KEYSPACE_FORMAT, keyspaceFromJson, keyspaceToJson } from './json.ts';
export {
  type AggregateMetadata,
  emptyKeyspace,
  type FunctionMetadata,
  type KeyspaceFields,
  KeyspaceMetadata,
  type ViewMetadata,
} from './keyspace.ts';
export { type Caching, DEFAULT_TABLE_PARAMS, type StringMap, type TableParams } from './params.ts';
export { keyspaceRows, type RowValue, type SchemaRow, systemSchemaRows } from './rows.ts';
export { Schema } from './schema.ts';
export { DISTRIBUTED_KEYSPACES, LOCAL_KEYSPACES, SYSTEM_SCHEMAS } from './system/index.ts';
export { type IndexMetadata, type TableFields, type TableKind, TableMetadata } from './table.ts';
