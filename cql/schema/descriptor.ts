import { ByteWriter, fromHex, marshalName } from '../types/index.ts';
import { type ColumnKind, storedType } from './column.ts';
import type { KeyspaceMetadata } from './keyspace.ts';
import type { StringMap, TableParams } from './params.ts';
import type { TableMetadata } from './table.ts';

/** Version of the grammar in docs/formats/table-descriptor.md. */
export const TABLE_DESCRIPTOR_VERSION = 3;

const FLAG_COUNTER = 1 << 0;
const FLAG_MEMORY_ONLY = 1 << 1;
const FLAG_COMPACT = 1 << 2;
const FLAG_CDC = 1 << 3;
const FLAG_NO_INCREMENTAL_BACKUPS = 1 << 4;

/** For readers of the format: all flags that a descriptor may carry. */
export const TABLE_DESCRIPTOR_FLAGS = Object.freeze({
  counter: FLAG_COUNTER,
  memoryOnly: FLAG_MEMORY_ONLY,
  compact: FLAG_COMPACT,
  cdc: FLAG_CDC,
  noIncrementalBackups: FLAG_NO_INCREMENTAL_BACKUPS,
});

const KIND_CODES: Readonly<Record<ColumnKind, number>> = {
  partition_key: 0,
  clustering: 1,
  static: 2,
  regular: 3,
};

const ALL_ROWS = -1;
const MAX_INT = 0x7fff_ffff;
const BYTES_PER_KB = 1024;
/** What the field holds; no cluster has as many nodes. */
const MAX_REPLICATION_FACTOR = 0xffff;

/** The table as the native shard is told of it (docs/formats/table-descriptor.md); `keyspace` is the table's. */
export function encodeTableDescriptor(table: TableMetadata, keyspace: KeyspaceMetadata): Uint8Array {
  const { params } = table;
  const out = new ByteWriter()
    .u8(TABLE_DESCRIPTOR_VERSION)
    .bytes(fromHex(table.id.replaceAll('-', '')) as Uint8Array)
    .string(table.keyspace)
    .string(table.name)
    .u16(Math.min(keyspace.replicationFactor, MAX_REPLICATION_FACTOR))
    .u32(flagsOf(table))
    .i32(params.gcGraceSeconds)
    .i32(params.defaultTimeToLive)
    .f64(params.bloomFilterFpChance);
  writeCompression(out, params);
  writeStringMap(out, params.compaction);
  out
    .i32(params.memtableFlushPeriodInMs)
    .f64(params.crcCheckChance)
    .i32(params.minIndexInterval)
    .i32(params.maxIndexInterval)
    .i32(rowsPerPartition(params));
  writeColumns(out, table);
  return out.finish();
}

function flagsOf(table: TableMetadata): number {
  return (
    (table.counter ? FLAG_COUNTER : 0) |
    (table.memoryOnly ? FLAG_MEMORY_ONLY : 0) |
    (table.params.cdc ? FLAG_CDC : 0) |
    (table.params.incrementalBackups ? 0 : FLAG_NO_INCREMENTAL_BACKUPS)
  );
}

/** Of `caching`: 0 for NONE, -1 for ALL, or the number of rows. */
function rowsPerPartition({ caching }: TableParams): number {
  if (caching.rowsPerPartition === 'ALL') return ALL_ROWS;
  return caching.rowsPerPartition === 'NONE' ? 0 : Math.min(Number(caching.rowsPerPartition), MAX_INT);
}

function writeCompression(out: ByteWriter, { compression }: TableParams): void {
  const className = compression.get('class');
  if (className === undefined) {
    out.u32(0).string('').u16(0);
    return;
  }
  const options = new Map([...compression].filter(([name]) => name !== 'class' && name !== 'chunk_length_in_kb'));
  out.u32(Number(compression.get('chunk_length_in_kb')) * BYTES_PER_KB);
  out.string(className.slice(className.lastIndexOf('.') + 1));
  writeStringMap(out, options);
}

function writeStringMap(out: ByteWriter, map: StringMap): void {
  out.u16(map.size);
  for (const [name, value] of map) out.string(name).string(value);
}

function writeColumns(out: ByteWriter, table: TableMetadata): void {
  out.u16(table.columns.length);
  for (const column of table.columns) {
    out
      .u16(column.id)
      .string(column.name)
      .u8(KIND_CODES[column.kind])
      .u16(Math.max(column.position, 0))
      .string(marshalName(storedType(column)));
  }
  out.u16(table.dropped.size);
  for (const column of table.dropped.values()) {
    out
      .u16(column.id)
      .string(column.name)
      .u8(KIND_CODES[column.kind])
      .string(marshalName(column.type))
      .i64(column.droppedTimeMicros);
  }
}
