import { serverError } from '../errors/index.ts';
import { WireReader } from './wire-reader.ts';

const ROWS = 2;
const HAS_MORE_PAGES = 2;
const NO_METADATA = 4;

export interface DecodedRows {
  readonly pagingState: Uint8Array | null;
  readonly rows: readonly (readonly (Uint8Array | null)[])[];
}

/** Reads a RESULT Rows body that was asked for without metadata. */
export function decodeRows(body: Uint8Array): DecodedRows {
  const reader = new WireReader(body);
  const kind = reader.i32();
  const flags = reader.i32();
  if (kind !== ROWS || (flags & NO_METADATA) === 0) {
    throw serverError(`expected rows without metadata, got a result of kind ${kind} with flags ${flags}`);
  }
  const columns = reader.i32();
  const pagingState = flags & HAS_MORE_PAGES ? reader.nullableBytes() : null;
  const rows: (Uint8Array | null)[][] = [];
  for (let left = reader.i32(); left > 0; left--) {
    const row: (Uint8Array | null)[] = [];
    for (let column = 0; column < columns; column++) row.push(reader.nullableBytes());
    rows.push(row);
  }
  return { pagingState, rows };
}
