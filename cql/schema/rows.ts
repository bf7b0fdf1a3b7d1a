import { cqlName } from '../types/index.ts';
import type { ColumnMetadata, DroppedColumn } from './column.ts';
import type { AggregateMetadata, FunctionMetadata, KeyspaceMetadata, ViewMetadata } from './keyspace.ts';
import { DEFAULT_TABLE_PARAMS, type TableParams } from './params.ts';
import type { Schema } from './schema.ts';
import type { TableMetadata } from './table.ts';

/** Values by column name: strings, numbers, booleans, bigints (timestamps in ms), bytes, arrays (lists, sets), maps. */
export type RowValue =
  | null
  | string
  | number
  | boolean
  | bigint
  | Uint8Array
  | readonly (string | boolean)[]
  | ReadonlyMap<string, string | Uint8Array>
  | ReadonlyMap<number, bigint>;

export interface SchemaRow {
  /** The table of the keyspace `system_schema` or `system_virtual_schema` that the row belongs to. */
  readonly keyspace: 'system_schema' | 'system_virtual_schema';
  readonly table: string;
  readonly values: Readonly<Record<string, RowValue>>;
}

/** Every row of system_schema and system_virtual_schema that describes the schema, filled as Cassandra fills them. */
export function systemSchemaRows(schema: Schema): SchemaRow[] {
  return [...schema.keyspaces.values()].flatMap(keyspaceRows);
}

/** The rows of one keyspace. */
export function keyspaceRows(keyspace: KeyspaceMetadata): SchemaRow[] {
  return keyspace.virtual ? virtualRows(keyspace) : replicatedRows(keyspace);
}

function replicatedRows(keyspace: KeyspaceMetadata): SchemaRow[] {
  const rows: SchemaRow[] = [];
  const add = (table: string, values: Readonly<Record<string, RowValue>>): void => {
    rows.push({ keyspace: 'system_schema', table, values: { keyspace_name: keyspace.name, ...values } });
  };
  add('keyspaces', { durable_writes: keyspace.durableWrites, replication: keyspace.replication });
  for (const type of keyspace.types.values()) {
    add('types', {
      type_name: type.name,
      field_names: type.fields.map((field) => field.name),
      field_types: type.fields.map((field) => cqlName(field.type)),
    });
  }
  for (const table of keyspace.tables.values()) {
    add('tables', { table_name: table.name, flags: flagsOf(table), id: table.id, ...paramsRow(table.params, true) });
    for (const row of tableRows(table)) add(row.table, row.values);
  }
  for (const view of keyspace.views.values()) {
    add('views', viewRow(view));
    for (const row of tableRows(view.table)) add(row.table, row.values);
  }
  for (const one of keyspace.functions) add('functions', functionRow(one));
  for (const one of keyspace.aggregates) add('aggregates', aggregateRow(one));
  return rows;
}

function virtualRows(keyspace: KeyspaceMetadata): SchemaRow[] {
  const rows: SchemaRow[] = [];
  const add = (table: string, values: Readonly<Record<string, RowValue>>): void => {
    rows.push({ keyspace: 'system_virtual_schema', table, values: { keyspace_name: keyspace.name, ...values } });
  };
  add('keyspaces', {});
  for (const table of keyspace.tables.values()) {
    add('tables', { table_name: table.name, comment: table.params.comment });
    for (const column of table.columns) add('columns', columnRow(table, column));
  }
  return rows;
}

type TableRow = Pick<SchemaRow, 'table' | 'values'>;

function tableRows(table: TableMetadata): TableRow[] {
  const masked = table.columns.filter((column) => column.mask !== undefined);
  return [
    ...table.columns.map((column) => ({ table: 'columns', values: columnRow(table, column) })),
    ...masked.map((column) => ({ table: 'column_masks', values: maskRow(table, column) })),
    ...[...table.dropped.values()].map((column) => ({ table: 'dropped_columns', values: droppedRow(table, column) })),
    ...[...table.indexes.values()].map((index) => ({
      table: 'indexes',
      values: { table_name: table.name, index_name: index.name, kind: index.kind, options: index.options },
    })),
    ...[...table.triggers].map(([name, options]) => ({
      table: 'triggers',
      values: { table_name: table.name, trigger_name: name, options },
    })),
  ];
}

function columnRow(table: TableMetadata, column: ColumnMetadata): Readonly<Record<string, RowValue>> {
  return {
    table_name: table.name,
    column_name: column.name,
    clustering_order: column.kind === 'clustering' ? column.order : 'none',
    column_name_bytes: new TextEncoder().encode(column.name),
    kind: column.kind,
    position: column.position,
    type: cqlName(column.type),
  };
}

function maskRow(table: TableMetadata, column: ColumnMetadata): Readonly<Record<string, RowValue>> {
  const mask = column.mask;
  return {
    table_name: table.name,
    column_name: column.name,
    function_keyspace: mask?.functionKeyspace ?? null,
    function_name: mask?.functionName ?? null,
    function_argument_types: mask?.argumentTypes ?? [],
    function_argument_values: mask?.argumentValues.map((value) => value ?? '') ?? [],
    function_argument_nulls: mask?.argumentValues.map((value) => value === null) ?? [],
  };
}

function droppedRow(table: TableMetadata, column: DroppedColumn): Readonly<Record<string, RowValue>> {
  return {
    table_name: table.name,
    column_name: column.name,
    dropped_time: column.droppedTimeMicros / 1000n,
    kind: column.kind,
    type: cqlName(column.type),
  };
}

function flagsOf(table: TableMetadata): readonly string[] {
  return table.counter ? ['compound', 'counter'] : ['compound'];
}

/** Options that older nodes do not know are left null at their default, as Cassandra leaves them. */
function paramsRow(params: TableParams, isTable: boolean): Readonly<Record<string, RowValue>> {
  const unlessDefault = <K extends keyof TableParams>(key: K, value: RowValue): RowValue =>
    params[key] === DEFAULT_TABLE_PARAMS[key] ? null : value;
  return {
    additional_write_policy: params.additionalWritePolicy,
    allow_auto_snapshot: unlessDefault('allowAutoSnapshot', params.allowAutoSnapshot),
    bloom_filter_fp_chance: params.bloomFilterFpChance,
    caching: new Map([
      ['keys', params.caching.keys],
      ['rows_per_partition', params.caching.rowsPerPartition],
    ]),
    cdc: isTable ? params.cdc : null,
    comment: params.comment,
    compaction: params.compaction,
    compression: params.compression,
    crc_check_chance: params.crcCheckChance,
    dclocal_read_repair_chance: 0,
    default_time_to_live: params.defaultTimeToLive,
    extensions: params.extensions,
    gc_grace_seconds: params.gcGraceSeconds,
    incremental_backups: unlessDefault('incrementalBackups', params.incrementalBackups),
    max_index_interval: params.maxIndexInterval,
    memtable: unlessDefault('memtable', params.memtable),
    memtable_flush_period_in_ms: params.memtableFlushPeriodInMs,
    min_index_interval: params.minIndexInterval,
    read_repair: params.readRepair,
    read_repair_chance: 0,
    speculative_retry: params.speculativeRetry,
  };
}

function viewRow(view: ViewMetadata): Readonly<Record<string, RowValue>> {
  return {
    view_name: view.table.name,
    base_table_id: view.baseTableId,
    base_table_name: view.baseTable,
    id: view.table.id,
    include_all_columns: view.includeAllColumns,
    where_clause: view.whereClause,
    ...paramsRow(view.table.params, false),
  };
}

function functionRow(one: FunctionMetadata): Readonly<Record<string, RowValue>> {
  return {
    function_name: one.name,
    argument_types: one.argumentTypes.map(cqlName),
    argument_names: one.argumentNames,
    body: one.body,
    called_on_null_input: one.calledOnNullInput,
    language: one.language,
    return_type: cqlName(one.returnType),
  };
}

function aggregateRow(one: AggregateMetadata): Readonly<Record<string, RowValue>> {
  return {
    aggregate_name: one.name,
    argument_types: one.argumentTypes.map(cqlName),
    final_func: one.finalFunction,
    initcond: one.initialCondition,
    return_type: cqlName(one.returnType),
    state_func: one.stateFunction,
    state_type: cqlName(one.stateType),
  };
}
