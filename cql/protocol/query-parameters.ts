import type { BoundValue } from '../analyser/evaluation.ts';
import { protocolError } from '../errors/index.ts';
import { ByteWriter } from '../types/index.ts';
import type { WireReader } from './wire-reader.ts';

/** `<flags>` of QUERY and EXECUTE (v5 section 4.1.4) and of BATCH (4.1.7). */
export const QUERY_FLAGS = {
  values: 0x01,
  skipMetadata: 0x02,
  pageSize: 0x04,
  pagingState: 0x08,
  serialConsistency: 0x10,
  timestamp: 0x20,
  names: 0x40,
  keyspace: 0x80,
  nowInSeconds: 0x100,
} as const;

const UNSET_LENGTH = -2;

/** What a QUERY, EXECUTE or BATCH says besides its statement. */
export interface QueryParameters {
  readonly consistency: number;
  readonly values: readonly BoundValue[];
  /** Names of `values`, where the client sent them. */
  readonly names: readonly string[] | null;
  readonly skipMetadata: boolean;
  readonly pageSize: number | null;
  readonly pagingState: Uint8Array | null;
  readonly serialConsistency: number | null;
  readonly timestamp: bigint | null;
  readonly keyspace: string | null;
  readonly nowInSeconds: number | null;
}

/** Consistency ONE, and nothing else. */
export const PLAIN_PARAMETERS: QueryParameters = {
  consistency: 1,
  values: [],
  names: null,
  skipMetadata: false,
  pageSize: null,
  pagingState: null,
  serialConsistency: null,
  timestamp: null,
  keyspace: null,
  nowInSeconds: null,
};

const readFlags = (reader: WireReader, version: number) => (version >= 5 ? reader.i32() : reader.u8());

/** `<consistency><flags>[<n>[name_1]<value_1>…]…` of QUERY and EXECUTE. */
export function readQueryParameters(reader: WireReader, version: number): QueryParameters {
  const consistency = reader.u16();
  const flags = readFlags(reader, version);
  const values: BoundValue[] = [];
  const names: string[] | null = flags & QUERY_FLAGS.names ? [] : null;
  if (flags & QUERY_FLAGS.values) {
    for (let left = reader.u16(); left > 0; left--) {
      names?.push(reader.string());
      values.push(reader.value(version));
    }
  }
  const pageSize = flags & QUERY_FLAGS.pageSize ? reader.i32() : null;
  if (pageSize === 0) throw protocolError('The page size cannot be 0');
  const pagingState = flags & QUERY_FLAGS.pagingState ? reader.nullableBytes() : null;
  return {
    consistency,
    values,
    names: values.length > 0 ? names : null,
    skipMetadata: (flags & QUERY_FLAGS.skipMetadata) !== 0,
    pageSize,
    pagingState,
    ...readTail(reader, version, flags),
  };
}

/** `<consistency><flags>[<serial_consistency>][<timestamp>]…` of BATCH, whose values stand with its statements. */
export function readBatchParameters(reader: WireReader, version: number): QueryParameters {
  const consistency = reader.u16();
  const flags = readFlags(reader, version);
  return {
    consistency,
    values: [],
    names: null,
    skipMetadata: false,
    pageSize: null,
    pagingState: null,
    ...readTail(reader, version, flags),
  };
}

type Tail = Pick<QueryParameters, 'serialConsistency' | 'timestamp' | 'keyspace' | 'nowInSeconds'>;

function readTail(reader: WireReader, version: number, flags: number): Tail {
  const serialConsistency = flags & QUERY_FLAGS.serialConsistency ? reader.u16() : null;
  const timestamp = flags & QUERY_FLAGS.timestamp ? reader.i64() : null;
  if (timestamp === -(2n ** 63n)) {
    throw protocolError(
      `Out of bound timestamp, must be in [${-(2n ** 63n) + 1n}, ${2n ** 63n - 1n}] (got ${timestamp})`,
    );
  }
  const keyspace = version >= 5 && flags & QUERY_FLAGS.keyspace ? reader.string() : null;
  const nowInSeconds = version >= 5 && flags & QUERY_FLAGS.nowInSeconds ? reader.i32() : null;
  return { serialConsistency, timestamp, keyspace, nowInSeconds };
}

/** The same bytes back, without names: for running a plan with values that the worker added. */
export function encodeQueryParameters(parameters: QueryParameters, version: number): Uint8Array {
  const out = new ByteWriter().u16(parameters.consistency);
  let flags = tailFlags(parameters, version);
  if (parameters.values.length > 0) flags |= QUERY_FLAGS.values;
  if (parameters.skipMetadata) flags |= QUERY_FLAGS.skipMetadata;
  if (parameters.pageSize !== null) flags |= QUERY_FLAGS.pageSize;
  if (parameters.pagingState !== null) flags |= QUERY_FLAGS.pagingState;
  writeFlags(out, flags, version);
  if (parameters.values.length > 0) {
    out.u16(parameters.values.length);
    for (const value of parameters.values) writeValue(out, value);
  }
  if (parameters.pageSize !== null) out.i32(parameters.pageSize);
  if (parameters.pagingState !== null) out.i32(parameters.pagingState.length).bytes(parameters.pagingState);
  writeTail(out, parameters, version);
  return out.finish();
}

export function encodeBatchParameters(parameters: QueryParameters, version: number): Uint8Array {
  const out = new ByteWriter().u16(parameters.consistency);
  writeFlags(out, tailFlags(parameters, version), version);
  writeTail(out, parameters, version);
  return out.finish();
}

/** A [value]: length and bytes, −1 for null, −2 for unset. */
export function writeValue(out: ByteWriter, value: BoundValue): void {
  if (value === undefined) out.i32(UNSET_LENGTH);
  else if (value === null) out.i32(-1);
  else out.i32(value.length).bytes(value);
}

function writeFlags(out: ByteWriter, flags: number, version: number): void {
  if (version >= 5) out.i32(flags);
  else out.u8(flags);
}

function tailFlags(parameters: Tail, version: number): number {
  let flags = 0;
  if (parameters.serialConsistency !== null) flags |= QUERY_FLAGS.serialConsistency;
  if (parameters.timestamp !== null) flags |= QUERY_FLAGS.timestamp;
  if (version >= 5 && parameters.keyspace !== null) flags |= QUERY_FLAGS.keyspace;
  if (version >= 5 && parameters.nowInSeconds !== null) flags |= QUERY_FLAGS.nowInSeconds;
  return flags;
}

function writeTail(out: ByteWriter, parameters: Tail, version: number): void {
  if (parameters.serialConsistency !== null) out.u16(parameters.serialConsistency);
  if (parameters.timestamp !== null) out.i64(parameters.timestamp);
  if (version >= 5 && parameters.keyspace !== null) out.string(parameters.keyspace);
  if (version >= 5 && parameters.nowInSeconds !== null) out.i32(parameters.nowInSeconds);
}
