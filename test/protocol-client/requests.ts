/** Bodies of the requests (section 4.1). */
import type { ProtocolVersion } from './frames.ts';
import { type BoundValue, WireWriter } from './wire.ts';

export const CONSISTENCY = {
  ANY: 0,
  ONE: 1,
  TWO: 2,
  THREE: 3,
  QUORUM: 4,
  ALL: 5,
  LOCAL_QUORUM: 6,
  EACH_QUORUM: 7,
  SERIAL: 8,
  LOCAL_SERIAL: 9,
  LOCAL_ONE: 10,
} as const;
export type Consistency = keyof typeof CONSISTENCY;

export function isConsistency(name: string): name is Consistency {
  return Object.hasOwn(CONSISTENCY, name);
}

export interface QueryOptions {
  readonly consistency?: Consistency;
  readonly serialConsistency?: Consistency;
  readonly values?: readonly BoundValue[];
  /** With as many names as values, the values go by name. */
  readonly names?: readonly string[];
  readonly pageSize?: number;
  readonly pagingState?: Buffer;
  readonly timestamp?: bigint;
  /** v5: keyspace of unqualified names. */
  readonly keyspace?: string;
  /** v5: the time that expiry is judged by, in place of the server's clock. */
  readonly nowInSeconds?: number;
  readonly skipMetadata?: boolean;
}

const FLAG = {
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

function flagsOf(options: QueryOptions): number {
  return (
    (options.values !== undefined ? FLAG.values : 0) |
    (options.skipMetadata === true ? FLAG.skipMetadata : 0) |
    (options.pageSize !== undefined ? FLAG.pageSize : 0) |
    (options.pagingState !== undefined ? FLAG.pagingState : 0) |
    (options.serialConsistency !== undefined ? FLAG.serialConsistency : 0) |
    (options.timestamp !== undefined ? FLAG.timestamp : 0) |
    (options.names !== undefined ? FLAG.names : 0) |
    (options.keyspace !== undefined ? FLAG.keyspace : 0) |
    (options.nowInSeconds !== undefined ? FLAG.nowInSeconds : 0)
  );
}

/** `<query_parameters>` (section 4.1.4). */
function writeParameters(out: WireWriter, version: ProtocolVersion, options: QueryOptions): WireWriter {
  out.u16(CONSISTENCY[options.consistency ?? 'ONE']);
  const flags = flagsOf(options);
  if (version >= 5) out.i32(flags);
  else out.u8(flags);
  if (options.values !== undefined) {
    out.u16(options.values.length);
    options.values.forEach((value, index) => {
      if (options.names !== undefined) out.string(options.names[index] ?? '');
      out.value(value);
    });
  }
  if (options.pageSize !== undefined) out.i32(options.pageSize);
  if (options.pagingState !== undefined) out.value(options.pagingState);
  if (options.serialConsistency !== undefined) out.u16(CONSISTENCY[options.serialConsistency]);
  if (options.timestamp !== undefined) out.i64(options.timestamp);
  if (options.keyspace !== undefined) out.string(options.keyspace);
  if (options.nowInSeconds !== undefined) out.i32(options.nowInSeconds);
  return out;
}

export function startupBody(options: Readonly<Record<string, string>> = {}): Buffer {
  return new WireWriter().stringMap({ CQL_VERSION: '3.0.0', ...options }).finish();
}

export function queryBody(version: ProtocolVersion, cql: string, options: QueryOptions): Buffer {
  return writeParameters(new WireWriter().longString(cql), version, options).finish();
}

export function prepareBody(version: ProtocolVersion, cql: string, keyspace: string | undefined): Buffer {
  const out = new WireWriter().longString(cql);
  if (version >= 5) {
    out.i32(keyspace === undefined ? 0 : 1);
    if (keyspace !== undefined) out.string(keyspace);
  }
  return out.finish();
}

export function executeBody(
  version: ProtocolVersion,
  id: Buffer,
  resultMetadataId: Buffer,
  options: QueryOptions,
): Buffer {
  const out = new WireWriter().shortBytes(id);
  if (version >= 5) out.shortBytes(resultMetadataId);
  return writeParameters(out, version, options).finish();
}
