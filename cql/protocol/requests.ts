import type { BoundValue } from '../analyser/evaluation.ts';
import { protocolError } from '../errors/index.ts';
import { type QueryParameters, readBatchParameters, readQueryParameters } from './query-parameters.ts';
import { WireReader } from './wire-reader.ts';

export const OPCODES = {
  error: 0x00,
  startup: 0x01,
  ready: 0x02,
  options: 0x05,
  supported: 0x06,
  query: 0x07,
  result: 0x08,
  prepare: 0x09,
  execute: 0x0a,
  register: 0x0b,
  event: 0x0c,
  batch: 0x0d,
} as const;

/** Frame flags (section 2.2). */
export const FRAME_FLAGS = {
  compression: 0x01,
  tracing: 0x02,
  customPayload: 0x04,
  warning: 0x08,
  beta: 0x10,
} as const;

const PREPARE_WITH_KEYSPACE = 0x01;

export interface QueryRequest {
  readonly text: string;
  readonly parameters: QueryParameters;
}

export interface PrepareRequest {
  readonly text: string;
  readonly keyspace: string | null;
}

export interface ExecuteRequest {
  readonly id: Uint8Array;
  /** What the client believes the result's metadata is (v5). */
  readonly resultMetadataId: Uint8Array | null;
  readonly parameters: QueryParameters;
}

export interface BatchStatementRequest {
  /** The text, or the id of a prepared statement. */
  readonly statement: string | Uint8Array;
  readonly values: readonly BoundValue[];
}

export interface BatchRequest {
  /** 0 logged, 1 unlogged, 2 counter. */
  readonly type: number;
  readonly statements: readonly BatchStatementRequest[];
  readonly parameters: QueryParameters;
}

/** A reader of the message proper: a custom payload before it is passed over. */
export function messageReader(body: Uint8Array, frameFlags: number): WireReader {
  const reader = new WireReader(body);
  if (frameFlags & FRAME_FLAGS.customPayload) {
    for (let left = reader.u16(); left > 0; left--) {
      reader.string();
      reader.nullableBytes();
    }
  }
  return reader;
}

export function readQuery(reader: WireReader, version: number): QueryRequest {
  const text = reader.longString();
  return { text, parameters: readQueryParameters(reader, version) };
}

export function readPrepare(reader: WireReader, version: number): PrepareRequest {
  const text = reader.longString();
  const flags = version >= 5 ? reader.i32() : 0;
  return { text, keyspace: flags & PREPARE_WITH_KEYSPACE ? reader.string() : null };
}

export function readExecute(reader: WireReader, version: number): ExecuteRequest {
  const id = reader.shortBytes();
  const resultMetadataId = version >= 5 ? reader.shortBytes() : null;
  return { id, resultMetadataId, parameters: readQueryParameters(reader, version) };
}

export function readBatch(reader: WireReader, version: number): BatchRequest {
  const type = reader.u8();
  if (type > 2) throw protocolError(`Invalid batch type ${type}`);
  const statements: BatchStatementRequest[] = [];
  for (let left = reader.u16(); left > 0; left--) {
    const kind = reader.u8();
    if (kind > 1) throw protocolError(`Invalid query kind in BATCH messages. Must be 0 or 1 but got ${kind}`);
    const statement = kind === 0 ? reader.longString() : reader.shortBytes();
    const values: BoundValue[] = [];
    for (let count = reader.u16(); count > 0; count--) values.push(reader.value(version));
    statements.push({ statement, values });
  }
  return { type, statements, parameters: readBatchParameters(reader, version) };
}
