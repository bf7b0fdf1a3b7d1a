/**
 * The tables of system_views: rows in memory that are made anew before each SELECT on them, which is why
 * their plans never leave the workers. Main thread only.
 */
import type { RowValue, TableMetadata } from '../../cql/schema/index.ts';
import { SYSTEM_SCHEMAS } from '../../cql/schema/index.ts';
import type { ShardPort } from '../../storage/shard-port.ts';
import { type InternalCql, insertRow, type Write } from './internal-cql.ts';
import { tableIdBytes } from './schema-service.ts';

export type VirtualRow = Readonly<Record<string, RowValue>>;
export type VirtualRows = () => Promise<readonly VirtualRow[]>;

/** Deleted rows that a table may carry in memory before it is emptied: clients come and go. */
const MAX_DELETED_ROWS = 1_000;

interface Filled {
  /** The rows that are in the table, by their key as text. */
  readonly keys: ReadonlyMap<string, readonly RowValue[]>;
  readonly deleted: number;
}

export class VirtualTables {
  readonly #cql: InternalCql;
  readonly #port: ShardPort;
  readonly #sources = new Map<string, VirtualRows>();
  readonly #filled = new Map<string, Filled>();
  /** The refresh of a table that has not begun to ask for its rows yet: those who come meanwhile share it. */
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #tails = new Map<string, Promise<void>>();
  #lastTimestamp = 0n;

  constructor(cql: InternalCql, port: ShardPort) {
    this.#cql = cql;
    this.#port = port;
  }

  /** Gives the table its rows from here on. */
  serve(table: string, rows: VirtualRows): void {
    this.#sources.set(table, rows);
  }

  /** The table holds what is so now. A table without a source stays empty. */
  refresh(table: string): Promise<void> {
    const waiting = this.#waiting.get(table);
    if (waiting !== undefined) return waiting;
    const before = this.#tails.get(table) ?? Promise.resolve();
    const turn = before.then(() => {
      this.#waiting.delete(table);
      return this.#fill(table);
    });
    this.#waiting.set(table, turn);
    this.#tails.set(
      table,
      turn.catch(() => {}),
    );
    return turn;
  }

  async #fill(name: string): Promise<void> {
    const source = this.#sources.get(name);
    const table = SYSTEM_SCHEMAS.table('system_views', name);
    if (source === undefined || table === undefined) return;
    const rows = await source();
    const keyOf = (row: VirtualRow) => table.primaryKey.map((column) => row[column.name] ?? null);
    const keys = new Map(rows.map((row) => [JSON.stringify(keyOf(row).map(String)), keyOf(row)]));
    const before = this.#filled.get(name) ?? { keys: new Map<string, readonly RowValue[]>(), deleted: 0 };
    const gone = [...before.keys].filter(([key]) => !keys.has(key));
    let deleted = before.deleted + gone.length;
    if (deleted > MAX_DELETED_ROWS) {
      await this.#port.truncate(tableIdBytes(table));
      deleted = 0;
    }
    const now = this.#nextTimestamp();
    const writes: Write[] = [];
    // Also of those that stay: a column may be null from now on.
    for (const key of before.keys.values()) writes.push(deletion(table, key, now));
    for (const row of rows) writes.push(insertRow(table, row));
    await this.#cql.write(writes, now + 1n);
    this.#filled.set(name, { keys, deleted });
  }

  /** Microseconds, ascending in steps of two: one for what goes, one for what comes. */
  #nextTimestamp(): bigint {
    const now = BigInt(Date.now()) * 1000n;
    this.#lastTimestamp = now > this.#lastTimestamp + 1n ? now : this.#lastTimestamp + 2n;
    return this.#lastTimestamp;
  }
}

function deletion(table: TableMetadata, key: readonly RowValue[], timestamp: bigint): Write {
  const where = table.primaryKey.map((column) => `"${column.name}" = ?`).join(' AND ');
  return {
    text: `DELETE FROM ${table.keyspace}."${table.name}" USING TIMESTAMP ? WHERE ${where}`,
    values: [timestamp, ...key],
  };
}
