import type { ColumnSpecification } from '../analyser/column-specification.ts';
import type { SchemaChange } from '../schema/change.ts';
import { ByteWriter, type ProtocolVersion, writeTypeOption } from '../types/index.ts';

const RESULT_KIND = { void: 1, rows: 2, setKeyspace: 3, prepared: 4, schemaChange: 5 } as const;

/** Flags of `<metadata>` (section 4.2.5.2). */
const METADATA_FLAGS = { globalTable: 1, hasMorePages: 2, noMetadata: 4, changed: 8 } as const;

type Cells = readonly (Uint8Array | null)[];

export function encodeVoid(): Uint8Array {
  return new ByteWriter().i32(RESULT_KIND.void).finish();
}

export function encodeSetKeyspace(keyspace: string): Uint8Array {
  return new ByteWriter().i32(RESULT_KIND.setKeyspace).string(keyspace).finish();
}

/** The body of RESULT Schema_change. */
export function encodeSchemaChange(change: SchemaChange): Uint8Array {
  const out = new ByteWriter().i32(RESULT_KIND.schemaChange);
  writeSchemaChange(out, change);
  return out.finish();
}

/** The body of an EVENT of kind SCHEMA_CHANGE (section 4.2.6). */
export function encodeSchemaChangeEvent(change: SchemaChange): Uint8Array {
  const out = new ByteWriter().string('SCHEMA_CHANGE');
  writeSchemaChange(out, change);
  return out.finish();
}

function writeSchemaChange(out: ByteWriter, change: SchemaChange): void {
  out.string(change.changeType).string(change.target).string(change.keyspace);
  if (change.target === 'KEYSPACE') return;
  // A function's name comes with its argument types: `f(int, text)`.
  if (change.target === 'FUNCTION' || change.target === 'AGGREGATE') {
    const [name = '', types = ''] = change.name.replace(/\)$/, '').split('(');
    const list = types === '' ? [] : types.split(', ');
    out.string(name).u16(list.length);
    for (const type of list) out.string(type);
    return;
  }
  out.string(change.name);
}

export interface RowsOptions {
  readonly version: ProtocolVersion;
  readonly pagingState?: Uint8Array | null;
  readonly skipMetadata?: boolean;
  /** v5: sent, with the metadata, when the client's idea of it is out of date. */
  readonly newMetadataId?: Uint8Array | null;
}

/** The body of RESULT Rows. */
export function encodeRows(
  columns: readonly ColumnSpecification[],
  rows: readonly Cells[],
  options: RowsOptions,
): Uint8Array {
  const out = new ByteWriter().i32(RESULT_KIND.rows);
  const pagingState = options.pagingState ?? null;
  const newId = options.newMetadataId ?? null;
  const skip = (options.skipMetadata ?? false) && newId === null;
  const global = oneTable(columns);
  let flags = 0;
  if (global && !skip) flags |= METADATA_FLAGS.globalTable;
  if (pagingState !== null) flags |= METADATA_FLAGS.hasMorePages;
  if (skip) flags |= METADATA_FLAGS.noMetadata;
  if (newId !== null) flags |= METADATA_FLAGS.changed;
  out.i32(flags).i32(columns.length);
  if (pagingState !== null) out.i32(pagingState.length).bytes(pagingState);
  if (newId !== null) out.u16(newId.length).bytes(newId);
  if (!skip) writeColumns(out, columns, global, options.version);
  out.i32(rows.length);
  for (const row of rows) {
    for (const cell of row) {
      if (cell === null) out.i32(-1);
      else out.i32(cell.length).bytes(cell);
    }
  }
  return out.finish();
}

export interface PreparedFields {
  readonly id: Uint8Array;
  readonly resultMetadataId: Uint8Array;
  readonly bindVariables: readonly ColumnSpecification[];
  readonly partitionKeyBindIndexes: readonly number[];
  readonly resultColumns: readonly ColumnSpecification[] | null;
}

/** The body of RESULT Prepared (section 4.2.5.4). */
export function encodePrepared(prepared: PreparedFields, version: ProtocolVersion): Uint8Array {
  const out = new ByteWriter().i32(RESULT_KIND.prepared).u16(prepared.id.length).bytes(prepared.id);
  if (version >= 5) out.u16(prepared.resultMetadataId.length).bytes(prepared.resultMetadataId);
  const variables = prepared.bindVariables;
  const global = oneTable(variables);
  out.i32(global ? METADATA_FLAGS.globalTable : 0).i32(variables.length);
  if (version >= 4) {
    out.i32(prepared.partitionKeyBindIndexes.length);
    for (const index of prepared.partitionKeyBindIndexes) out.u16(index);
  }
  writeColumns(out, variables, global, version);
  const columns = prepared.resultColumns;
  if (columns === null) {
    out.i32(METADATA_FLAGS.noMetadata).i32(0);
  } else {
    const globalResult = oneTable(columns);
    out.i32(globalResult ? METADATA_FLAGS.globalTable : 0).i32(columns.length);
    writeColumns(out, columns, globalResult, version);
  }
  return out.finish();
}

/** `[<global_table_spec>]<col_spec_1>…<col_spec_n>`, as plans carry them too (docs/formats/plan.md). */
export function writeColumns(
  out: ByteWriter,
  columns: readonly ColumnSpecification[],
  global: boolean,
  version: ProtocolVersion,
): void {
  const [first] = columns;
  if (global && first !== undefined) out.string(first.keyspace).string(first.table);
  for (const column of columns) {
    if (!global) out.string(column.keyspace).string(column.table);
    out.string(column.name);
    writeTypeOption(out, column.type, version);
  }
}

/** Whether all columns are of one table, so that it is named once. */
export function oneTable(columns: readonly ColumnSpecification[]): boolean {
  const [first] = columns;
  return (
    first !== undefined && columns.every((column) => column.keyspace === first.keyspace && column.table === first.table)
  );
}

/** Warnings go before the body of a message with the warning flag (v4, section 2.2). */
export function withWarnings(warnings: readonly string[], body: Uint8Array): Uint8Array {
  const out = new ByteWriter().u16(warnings.length);
  for (const warning of warnings) out.string(warning);
  return out.bytes(body).finish();
}
