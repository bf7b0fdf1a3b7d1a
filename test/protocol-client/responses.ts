/** Bodies of the responses (section 4.2). */
import { ENVELOPE_FLAG, type Envelope, OPCODE, type ProtocolVersion } from './frames.ts';
import { readType, type WireType } from './types.ts';
import { WireReader } from './wire.ts';

export interface Column {
  readonly keyspace: string;
  readonly table: string;
  readonly name: string;
  readonly type: WireType;
}

export interface Rows {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (Buffer | null)[])[];
  /** null on the last page. */
  readonly pagingState: Buffer | null;
}

export interface Prepared {
  readonly id: Buffer;
  /** Empty before v5. */
  readonly resultMetadataId: Buffer;
  readonly variables: readonly Column[];
  /** Of the partition key's columns in order, the index of the variable; empty when they are not all bound. */
  readonly partitionKeyIndexes: readonly number[];
  readonly columns: readonly Column[];
}

export interface ServerError {
  readonly code: number;
  readonly message: string;
  /** The fields that some codes add (section 8), by name. */
  readonly details: Readonly<Record<string, string | number | readonly string[]>>;
}

export type Response = { readonly warnings: readonly string[] } & (
  | { readonly kind: 'ready' | 'void' }
  | { readonly kind: 'error'; readonly error: ServerError }
  | { readonly kind: 'rows'; readonly rows: Rows }
  | { readonly kind: 'set-keyspace'; readonly keyspace: string }
  | { readonly kind: 'prepared'; readonly prepared: Prepared }
  | { readonly kind: 'schema-change'; readonly change: readonly string[] }
);

const RESULT = { void: 1, rows: 2, setKeyspace: 3, prepared: 4, schemaChange: 5 } as const;
const METADATA = { globalTable: 1, hasMorePages: 2, noMetadata: 4, changed: 8 } as const;
const TRACE_ID_SIZE = 16;

export function decodeResponse(version: ProtocolVersion, envelope: Envelope): Response {
  const reader = new WireReader(envelope.body);
  if ((envelope.flags & ENVELOPE_FLAG.tracing) !== 0) reader.take(TRACE_ID_SIZE);
  const warnings = (envelope.flags & ENVELOPE_FLAG.warning) !== 0 ? reader.stringList() : [];
  const response = decodeBody(version, envelope.opcode, reader, warnings);
  if (reader.left !== 0) throw new Error(`${reader.left} bytes left over after a response of kind ${response.kind}`);
  return response;
}

function decodeBody(
  version: ProtocolVersion,
  opcode: number,
  reader: WireReader,
  warnings: readonly string[],
): Response {
  switch (opcode) {
    case OPCODE.ready:
      return { kind: 'ready', warnings };
    case OPCODE.error:
      return { kind: 'error', warnings, error: readError(version, reader) };
    case OPCODE.result:
      return readResult(version, reader, warnings);
    default:
      throw new Error(`a response with opcode ${opcode}`);
  }
}

function readResult(version: ProtocolVersion, reader: WireReader, warnings: readonly string[]): Response {
  const kind = reader.i32();
  switch (kind) {
    case RESULT.void:
      return { kind: 'void', warnings };
    case RESULT.rows:
      return { kind: 'rows', warnings, rows: readRows(reader) };
    case RESULT.setKeyspace:
      return { kind: 'set-keyspace', warnings, keyspace: reader.string() };
    case RESULT.prepared:
      return { kind: 'prepared', warnings, prepared: readPrepared(version, reader) };
    case RESULT.schemaChange:
      return { kind: 'schema-change', warnings, change: readSchemaChange(reader) };
    default:
      throw new Error(`a result of kind ${kind}`);
  }
}

function readRows(reader: WireReader): Rows {
  const flags = reader.i32();
  const count = reader.i32();
  const pagingState = (flags & METADATA.hasMorePages) !== 0 ? reader.bytes() : null;
  if ((flags & METADATA.changed) !== 0) reader.shortBytes();
  const columns = (flags & METADATA.noMetadata) !== 0 ? [] : readColumns(reader, flags, count);
  const rows = reader.list(reader.i32(), () => reader.list(count, () => reader.bytes()));
  return { columns, rows, pagingState };
}

function readColumns(reader: WireReader, flags: number, count: number): Column[] {
  const table = () => ({ keyspace: reader.string(), table: reader.string() });
  const shared = (flags & METADATA.globalTable) !== 0 ? table() : null;
  return reader.list(count, () => ({ ...(shared ?? table()), name: reader.string(), type: readType(reader) }));
}

function readPrepared(version: ProtocolVersion, reader: WireReader): Prepared {
  const id = Buffer.from(reader.shortBytes());
  const resultMetadataId = version >= 5 ? Buffer.from(reader.shortBytes()) : Buffer.alloc(0);
  const flags = reader.i32();
  const count = reader.i32();
  const partitionKeyIndexes = version >= 4 ? reader.list(reader.i32(), () => reader.u16()) : [];
  const variables = readColumns(reader, flags, count);
  const resultFlags = reader.i32();
  const resultCount = reader.i32();
  const columns = (resultFlags & METADATA.noMetadata) !== 0 ? [] : readColumns(reader, resultFlags, resultCount);
  return { id, resultMetadataId, variables, partitionKeyIndexes, columns };
}

/** Change, target and what it names: `['CREATED', 'TABLE', 'ks', 't']`. */
function readSchemaChange(reader: WireReader): string[] {
  const change = reader.string();
  const target = reader.string();
  const names = [reader.string()];
  if (target !== 'KEYSPACE') names.push(reader.string());
  if (target === 'FUNCTION' || target === 'AGGREGATE') names.push(...reader.stringList());
  return [change, target, ...names];
}

const EXTRA_FIELDS: Readonly<Record<number, (reader: WireReader, version: ProtocolVersion) => ServerError['details']>> =
  {
    4096: (reader) => ({ consistency: reader.u16(), required: reader.i32(), alive: reader.i32() }),
    4352: (reader, version) => {
      const base = { consistency: reader.u16(), received: reader.i32(), blockFor: reader.i32() };
      const writeType = reader.string();
      return version >= 5 && writeType === 'CAS'
        ? { ...base, writeType, contentions: reader.u16() }
        : { ...base, writeType };
    },
    4608: (reader) => ({
      consistency: reader.u16(),
      received: reader.i32(),
      blockFor: reader.i32(),
      dataPresent: reader.u8(),
    }),
    5120: (reader) => ({ keyspace: reader.string(), function: reader.string(), types: reader.stringList() }),
    9216: (reader) => ({ keyspace: reader.string(), table: reader.string() }),
    9472: (reader) => ({ id: reader.shortBytes().toString('hex') }),
  };

function readError(version: ProtocolVersion, reader: WireReader): ServerError {
  const code = reader.i32();
  const message = reader.string();
  const details = EXTRA_FIELDS[code]?.(reader, version) ?? {
    ...(reader.left > 0 ? { bytes: reader.take(reader.left).toString('hex') } : {}),
  };
  return { code, message, details };
}
