/** A partition key as an operator types it: values of several columns are joined by colons, as in Cassandra. */
import type { TableMetadata } from '../../cql/schema/index.ts';
import {
  ByteWriter,
  type CqlType,
  type CqlValue,
  encodeValue,
  isNative,
  parseUuid,
  unwrapReversed,
} from '../../cql/types/index.ts';
import { OperationError } from '../admin/operations.ts';

const WHOLE_KINDS: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'int', 'bigint', 'varint']);

export function partitionKeyFromText(table: TableMetadata, text: string): Uint8Array {
  const columns = table.columns.filter(({ kind }) => kind === 'partition_key');
  const [first] = columns;
  if (columns.length === 1 && first !== undefined) return component(first.type, text);
  const parts = text.split(':');
  if (parts.length !== columns.length) {
    throw new OperationError(`Expected ${columns.length} values joined by colons for the partition key, got ${text}`);
  }
  const out = new ByteWriter();
  columns.forEach((column, index) => {
    const value = component(column.type, parts[index] ?? '');
    out.u16(value.length).bytes(value).u8(0);
  });
  return out.finish();
}

function component(declared: CqlType, text: string): Uint8Array {
  const type = unwrapReversed(declared);
  const value = isNative(type) ? parsedValue(type.kind, text) : null;
  if (value === null) throw new OperationError(`Unable to make a partition key of ${text}`);
  return encodeValue(type, value) ?? new Uint8Array(0);
}

function parsedValue(kind: string, text: string): CqlValue | null {
  if (kind === 'text' || kind === 'ascii') return text;
  if (WHOLE_KINDS.has(kind)) {
    if (!/^-?\d+$/.test(text)) return null;
    return kind === 'bigint' || kind === 'varint' ? BigInt(text) : Number(text);
  }
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : null;
  if (kind === 'blob') {
    const hex = text.startsWith('0x') ? text.slice(2) : text;
    return /^([0-9a-f]{2})*$/i.test(hex) ? Buffer.from(hex, 'hex') : null;
  }
  if (kind === 'uuid' || kind === 'timeuuid') return parseUuid(text) === null ? null : text;
  return null;
}
