import { hash } from 'node:crypto';
import type { ColumnSpecification } from '../analyser/index.ts';
import { oneTable, writeColumns } from '../protocol/index.ts';
import {
  ByteWriter,
  type CqlType,
  isNative,
  marshalName,
  NATIVE_TYPES,
  type ProtocolVersion,
  reversed,
  someType,
} from '../types/index.ts';
import type { PlanWriter } from './plan-writer.ts';

const GLOBAL_TABLE_SPEC = 1;
const METADATA_ID_BYTES = 16;
const OLDEST: readonly ProtocolVersion[] = [3];
const VERSIONS: readonly ProtocolVersion[] = [3, 4, 5];

/** A type that some version of the protocol does not know by itself. */
const isYoung = (type: CqlType): boolean => isNative(type) && NATIVE_TYPES[type.kind].sinceVersion > 3;

/** The id by which a v5 client knows a result's columns (`ResultSet.ResultMetadata.computeResultMetadataId`). */
export function resultMetadataId(columns: readonly ColumnSpecification[] | null): Uint8Array {
  if (columns === null) return NO_COLUMNS_ID;
  return idOf(columns);
}

function idOf(columns: readonly ColumnSpecification[]): Uint8Array {
  let text = '';
  for (const { name, type, descending } of columns) {
    const stored = marshalName(descending === true ? reversed(type) : type);
    text += `${name}\0${stored}\0\0`;
  }
  return hash('md5', text, 'buffer');
}

const NO_COLUMNS_ID = idOf([]);

/** `metadata`: the columns' specifications as each protocol version wants them, told once where versions agree. */
export function writeMetadata(
  out: PlanWriter,
  columns: readonly ColumnSpecification[],
  id: Uint8Array = resultMetadataId(columns),
): void {
  const global = oneTable(columns);
  const versions: { readonly version: ProtocolVersion; readonly specs: Uint8Array }[] = [];
  for (const version of columns.some(({ type }) => someType(type, isYoung)) ? VERSIONS : OLDEST) {
    const writer = new ByteWriter();
    writeColumns(writer, columns, global, version);
    const specs = writer.finish();
    const previous = versions.at(-1);
    if (previous === undefined || Buffer.compare(previous.specs, specs) !== 0) versions.push({ version, specs });
  }
  out.bytes(id).u16(columns.length).u8(versions.length);
  for (const { version, specs } of versions)
    out
      .u8(version)
      .u32(global ? GLOBAL_TABLE_SPEC : 0)
      .blob(specs);
}

/** The metadata of raw rows, which the worker reads and no client sees. */
export function writeRawMetadata(out: PlanWriter, columns: number): void {
  out.bytes(new Uint8Array(METADATA_ID_BYTES)).u16(columns).u8(0);
}
