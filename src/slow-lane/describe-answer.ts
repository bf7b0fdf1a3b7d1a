/** DESCRIBE's rows as a page of a ROWS result. The paging state is the index of the next row, as four bytes. */
import type { Describe } from '../../cql/ast/index.ts';
import { type ClusterDescription, DESCRIBE_RESULT_TABLE, describe, describedType } from '../../cql/describe/index.ts';
import { protocolError } from '../../cql/errors/index.ts';
import { encodeRows, type QueryParameters } from '../../cql/protocol/index.ts';
import type { Schema } from '../../cql/schema/index.ts';
import { type CqlType, encodeValue, type ProtocolVersion } from '../../cql/types/index.ts';

const PAGING_STATE_BYTES = 4;

export interface DescribeScope {
  readonly schema: Schema;
  readonly keyspace: string | null;
  readonly cluster: ClusterDescription;
}

/** The body of RESULT Rows. Throws CqlError. */
export function describeBody(
  statement: Describe,
  scope: DescribeScope,
  parameters: QueryParameters,
  version: ProtocolVersion,
): Uint8Array {
  const { columns, rows } = describe(statement, scope);
  const types = columns.map(describedType);
  const from = startOf(parameters.pagingState);
  const size = parameters.pageSize !== null && parameters.pageSize > 0 ? parameters.pageSize : Number.POSITIVE_INFINITY;
  const page = rows.slice(from, from + size);
  return encodeRows(
    columns.map((name, index) => ({ ...DESCRIBE_RESULT_TABLE, name, type: types[index] as CqlType })),
    page.map((row) => row.map((value, index) => encodeValue(types[index] as CqlType, value))),
    // As in Cassandra, only a page that is not full is known to be the last.
    { version, pagingState: page.length === size ? stateAt(from + size) : null },
  );
}

function startOf(state: Uint8Array | null): number {
  if (state === null) return 0;
  if (state.length !== PAGING_STATE_BYTES) throw protocolError('Invalid value for the paging state');
  return Buffer.from(state).readUInt32BE();
}

function stateAt(row: number): Uint8Array {
  const state = Buffer.alloc(PAGING_STATE_BYTES);
  state.writeUInt32BE(row);
  return state;
}
