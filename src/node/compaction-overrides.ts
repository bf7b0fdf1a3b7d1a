/**
 * What an operator has changed of tables' compaction until the next start: thresholds, and whether they are
 * compacted automatically. The shards get the table's descriptor with it; the schema stays as it is.
 */
import {
  encodeTableDescriptor,
  type KeyspaceMetadata,
  type Schema,
  type TableMetadata,
} from '../../cql/schema/index.ts';
import type { ShardPort } from '../../storage/shard-port.ts';
import type { CompactionThresholds } from '../admin/maintenance-operations.ts';

interface Override {
  readonly enabled?: boolean;
  readonly thresholds?: CompactionThresholds;
}

const DEFAULT_MIN = 4;
const DEFAULT_MAX = 32;

export class CompactionOverrides {
  readonly #port: ShardPort;
  readonly #schema: () => Schema;
  /** By table id; a dropped table's is never asked for again. */
  readonly #overrides = new Map<string, Override>();

  constructor(port: ShardPort, schema: () => Schema) {
    this.#port = port;
    this.#schema = schema;
  }

  enabled(table: TableMetadata): boolean {
    return this.#overrides.get(table.id)?.enabled ?? table.params.compaction.get('enabled') !== 'false';
  }

  thresholds(table: TableMetadata): CompactionThresholds {
    const own = this.#overrides.get(table.id)?.thresholds;
    if (own !== undefined) return own;
    const option = (name: string, otherwise: number) => Number(table.params.compaction.get(name) ?? otherwise);
    return { min: option('min_threshold', DEFAULT_MIN), max: option('max_threshold', DEFAULT_MAX) };
  }

  setEnabled(table: TableMetadata, enabled: boolean): Promise<void> {
    return this.#put(table, { ...this.#overrides.get(table.id), enabled });
  }

  setThresholds(table: TableMetadata, thresholds: CompactionThresholds): Promise<void> {
    return this.#put(table, { ...this.#overrides.get(table.id), thresholds });
  }

  /** The table as its shards are to see it. */
  applied(table: TableMetadata): TableMetadata {
    const override = this.#overrides.get(table.id);
    if (override === undefined) return table;
    const compaction = new Map(table.params.compaction);
    if (override.enabled !== undefined) compaction.set('enabled', String(override.enabled));
    if (override.thresholds !== undefined) {
      compaction.set('min_threshold', String(override.thresholds.min));
      compaction.set('max_threshold', String(override.thresholds.max));
    }
    return table.with({ params: { ...table.params, compaction } });
  }

  async #put(table: TableMetadata, override: Override): Promise<void> {
    const keyspace: KeyspaceMetadata | undefined = this.#schema().keyspace(table.keyspace);
    if (keyspace === undefined) throw new RangeError(`no keyspace ${table.keyspace}`);
    this.#overrides.set(table.id, override);
    await this.#port.putTables([encodeTableDescriptor(this.applied(table), keyspace)]);
  }
}
