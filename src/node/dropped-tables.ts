/**
 * What is left of dropped tables must neither be served again nor come into a table that is made with the same id. They
 * are remembered in LMDB with their drop, and forgotten once nothing of them can come back. Main thread only.
 */
import type { Logger } from 'pino';
import type { Schema, TableMetadata } from '../../cql/schema/index.ts';
import { removeDroppedTables } from '../../storage/files/dropped-tables.ts';
import type { NodeStore } from '../../storage/node-store.ts';

/** So many are kept for the next start; beyond, what is left of them is removed at once. */
const MAX_REMEMBERED = 1000;

export class DroppedTables {
  readonly #store: NodeStore;
  readonly #dataDirectory: string;
  readonly #log: Logger;

  constructor(store: NodeStore, dataDirectory: string, log: Logger) {
    this.#store = store;
    this.#dataDirectory = dataDirectory;
    this.#log = log;
  }

  /** Removes what is left of all and forgets them. A failure is told in the log, and tried again with the next call. */
  async finish(schema: Schema): Promise<void> {
    const dropped = this.#store.dropped();
    if (dropped.length === 0) return;
    // One that was made anew with its id since holds other data there.
    const gone = dropped.filter((table) => schema.table(table.keyspace, table.name)?.id !== table.id);
    try {
      await removeDroppedTables(this.#dataDirectory, gone);
      await this.#store.forgetDropped();
    } catch (error) {
      // Nothing serves these files.
      this.#log.warn(error, 'files of dropped tables were not removed');
    }
  }

  /** After drops: a node that makes and drops tables without end does not remember all of them. */
  async limit(schema: Schema): Promise<void> {
    if (this.#store.droppedCount() > MAX_REMEMBERED) await this.finish(schema);
  }

  /** Before a table is made with an id that was given: its files from before are gone for good once this resolves. */
  async clear(table: TableMetadata): Promise<void> {
    const before = this.#store.droppedTable(table.id);
    if (before !== undefined) await removeDroppedTables(this.#dataDirectory, [before]);
  }
}
