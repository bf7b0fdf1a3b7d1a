/**
 * What the shards have to tell about files: damage goes to the log, ended compactions to
 * system.compaction_history. Asked for every two seconds; also keeps the rate of compactions. Main thread only.
 */
import type { Logger } from 'pino';
import type { RowValue, TableMetadata } from '../../cql/schema/index.ts';
import { uuidText } from '../../cql/types/index.ts';
import type { EndedCompaction, MaintenancePort } from '../../storage/maintenance-port.ts';
import type { CompactionHistoryEntry } from '../admin/maintenance-operations.ts';
import { type InternalCql, insertRow } from './internal-cql.ts';

/** A message a shard, which costs an idle node nothing to speak of. */
const NEWS_MILLISECONDS = 2_000;
const RATE_MINUTES = 15;

export interface CompactionTotals {
  readonly completed: number;
  readonly bytesCompacted: number;
  readonly aborted: number;
  /** For want of room on the disk, and how many SSTables were left out for that. */
  readonly reduced: number;
  readonly sstablesDropped: number;
  readonly perMinute15: number;
  readonly meanPerHour: number;
}

export interface CompactionNewsParts {
  readonly port: MaintenancePort;
  readonly cql: InternalCql;
  readonly log: Logger;
  /** Sums over the shards since the start. */
  readonly numbers: () => Promise<Readonly<Record<string, number>>>;
}

export class CompactionNews {
  readonly #parts: CompactionNewsParts;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  /** Compactions a minute, exponentially weighted over the last quarter of an hour. */
  #perMinute = 0;
  #completed = 0;
  #ratedAt = Date.now();

  constructor(parts: CompactionNewsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      void this.fetch().then(() => {
        if (this.#timer !== null) this.start();
      });
    }, NEWS_MILLISECONDS).unref();
  }

  /** What is being fetched is waited for: the shards stop next. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#running;
  }

  /** Now, after what is under way. Failures are logged: the next time asks again. */
  fetch(): Promise<void> {
    this.#running = this.#running.then(() => this.#fetch());
    return this.#running;
  }

  async totals(): Promise<CompactionTotals> {
    const numbers = await this.#parts.numbers();
    const completed = numbers['compactions_total'] ?? 0;
    return {
      completed,
      bytesCompacted: numbers['compacted_bytes_total'] ?? 0,
      aborted: numbers['compactions_aborted_total'] ?? 0,
      reduced: numbers['compactions_reduced_total'] ?? 0,
      sstablesDropped: numbers['compactions_sstables_dropped_total'] ?? 0,
      perMinute15: this.#perMinute,
      meanPerHour: completed / (process.uptime() / 3600),
    };
  }

  /** The newest first. */
  async history(): Promise<CompactionHistoryEntry[]> {
    const rows = await this.#parts.cql.read('SELECT * FROM system.compaction_history');
    const entries = rows.map((row) => ({
      id: String(row['id']),
      keyspace: String(row['keyspace_name']),
      table: String(row['columnfamily_name']),
      compactedAtMillis: Number(row['compacted_at']),
      bytesIn: String(row['bytes_in']),
      bytesOut: String(row['bytes_out']),
      rowsMerged: pairs(row['rows_merged']).map(([key, value]) => [Number(key), String(value)] as const),
      properties: pairs(row['compaction_properties']).map(([key, value]) => [String(key), String(value)] as const),
    }));
    return entries.sort((left, right) => right.compactedAtMillis - left.compactedAtMillis);
  }

  async #fetch(): Promise<void> {
    const { port, cql, log } = this.#parts;
    try {
      for (const { text, count } of await port.takeDamage()) log.error({ count }, text);
      const ended = await port.takeHistory();
      if (ended.length > 0) await cql.write(ended.map(historyRow), BigInt(Date.now()) * 1000n);
      await this.#rate();
    } catch (error) {
      log.warn(error, 'what the shards have to tell was not fetched');
    }
  }

  async #rate(): Promise<void> {
    const completed = (await this.#parts.numbers())['compactions_total'] ?? 0;
    const now = Date.now();
    const minutes = (now - this.#ratedAt) / 60_000;
    if (minutes <= 0) return;
    const weight = 1 - Math.exp(-minutes / RATE_MINUTES);
    this.#perMinute += weight * ((completed - this.#completed) / minutes - this.#perMinute);
    this.#completed = completed;
    this.#ratedAt = now;
  }
}

function historyRow(ended: EndedCompaction) {
  const table = { keyspace: 'system', name: 'compaction_history' } as TableMetadata;
  const row: Record<string, RowValue> = {
    id: uuidText(ended.id),
    keyspace_name: ended.keyspace,
    columnfamily_name: ended.table,
    compacted_at: ended.endedAtMillis,
    bytes_in: ended.bytesIn,
    bytes_out: ended.bytesOut,
    rows_merged: ended.rowsMerged,
    compaction_properties: ended.properties,
  };
  return insertRow(table, row);
}

/** A map's entries, however it was decoded. */
function pairs(value: unknown): (readonly [unknown, unknown])[] {
  return Array.isArray(value) ? (value as (readonly [unknown, unknown])[]) : [];
}
