/**
 * CQL that the node itself runs on its system keyspaces. Their columns never change, so the plans, which are
 * kept by text, outlive every change of the schema.
 */
import type { DataPlan } from '../../cql/planner/index.ts';
import {
  decodeRows,
  encodeBatchParameters,
  encodeQueryParameters,
  OPCODES,
  PLAIN_PARAMETERS,
  WireReader,
  writeValue,
} from '../../cql/protocol/index.ts';
import { type RowValue, SYSTEM_SCHEMAS, type TableMetadata } from '../../cql/schema/index.ts';
import { ByteWriter, type CqlType, type CqlValue, decodeValue, encodeValue } from '../../cql/types/index.ts';
import type { BatchPart, ShardPort, ShardResult } from '../../storage/shard-port.ts';
import { Planning } from '../slow-lane/planning.ts';

const VERSION = 5;
const UNLOGGED = 1;
/** Statements in one message to a shard: a bound on how long one batch holds it. */
const MAX_BATCH = 256;
/** Rows that one page of a read brings. */
const PAGE_ROWS = 1_000;

/** A write: its text with markers, and the values in their order. */
export interface Write {
  readonly text: string;
  readonly values: readonly RowValue[];
}

export class InternalCql {
  readonly #port: ShardPort;
  readonly #planning = new Planning(SYSTEM_SCHEMAS, async () => null, { internal: true });

  constructor(port: ShardPort) {
    this.#port = port;
  }

  /** Runs the writes in order, in batches; one timestamp (microseconds) for all that name none. */
  async write(writes: readonly Write[], timestampMicros: bigint): Promise<void> {
    for (let at = 0; at < writes.length; at += MAX_BATCH) {
      const parts = writes.slice(at, at + MAX_BATCH).map((write) => this.#part(write));
      const parameters = encodeBatchParameters({ ...PLAIN_PARAMETERS, timestamp: timestampMicros }, VERSION);
      succeeded('write', await this.#port.runBatch(0, parts, UNLOGGED, VERSION, parameters));
    }
  }

  /** The rows of a SELECT without markers, by column; all pages. */
  async read(text: string): Promise<Record<string, CqlValue>[]> {
    const plan = this.#planning.plan(text, null).plan as DataPlan;
    const columns = plan.resultColumns ?? [];
    const out: Record<string, CqlValue>[] = [];
    let pagingState: Uint8Array | null = null;
    do {
      const parameters = { ...PLAIN_PARAMETERS, skipMetadata: true, pageSize: PAGE_ROWS, pagingState };
      const result = await this.#port.runPlan(0, plan.bytes, VERSION, encodeQueryParameters(parameters, VERSION));
      succeeded('read', result);
      const page = decodeRows(result.body);
      for (const row of page.rows)
        out.push(Object.fromEntries(columns.map((column, i) => [column.name, cell(column.type, row[i])])));
      pagingState = page.pagingState;
    } while (pagingState !== null);
    return out;
  }

  #part({ text, values }: Write): BatchPart {
    const plan = this.#planning.plan(text, null).plan as DataPlan;
    const out = new ByteWriter();
    values.forEach((value, index) => {
      const variable = plan.bindVariables[index];
      if (variable === undefined) throw new RangeError(`${text} takes fewer than ${values.length} values`);
      writeValue(out, encodeRowValue(variable.type, value));
    });
    return { plan: plan.bytes, values: out.finish(), valueCount: values.length };
  }
}

function succeeded(what: 'read' | 'write', result: ShardResult): void {
  if (result.opcode === OPCODES.result) return;
  const reader = new WireReader(result.body);
  reader.i32();
  throw new Error(`the node's own ${what} failed: ${reader.string()}`);
}

function cell(type: CqlType, bytes: Uint8Array | null | undefined): CqlValue {
  return bytes === null || bytes === undefined ? null : decodeValue(type, bytes);
}

/** INSERT of a whole row; null cells are left out, so that they leave no tombstones. */
export function insertRow(table: TableMetadata, row: Readonly<Record<string, RowValue>>): Write {
  const present = Object.entries(row).filter(([, value]) => value !== null);
  const names = present.map(([name]) => `"${name}"`).join(', ');
  const markers = present.map(() => '?').join(', ');
  return {
    text: `INSERT INTO ${table.keyspace}."${table.name}" (${names}) VALUES (${markers})`,
    values: present.map(([, value]) => value),
  };
}

function encodeRowValue(type: CqlType, value: RowValue): Uint8Array | null {
  if (value === null) return null;
  return encodeValue(type, toCqlValue(value));
}

/** Maps become pairs in the order of their keys, which is how frozen ones are stored. */
function toCqlValue(value: Exclude<RowValue, null>): CqlValue {
  if (!(value instanceof Map)) return value as CqlValue;
  return [...value.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, entry]) => [key, entry]);
}
