/** The operator's view of this node: what the admin endpoint serves. */
import type { TableMetadata } from '../../cql/schema/index.ts';
import { isSystemKeyspace } from '../../cql/schema/index.ts';
import { MaintenancePort } from '../../storage/maintenance-port.ts';
import type { NodeIdentity } from '../../storage/node-store.ts';
import type { ShardPort } from '../../storage/shard-port.ts';
import type { ClientStatistics, NodeOperations, NodeStatus, TableStatistics } from '../admin/operations.ts';
import { chosenTables } from './chosen-tables.ts';
import { cacheStatus, memoryStatus } from './memory-status.ts';
import type { NodeOptions } from './node-options.ts';
import { type SchemaService, tableIdBytes } from './schema-service.ts';
import { estimatedTables, type TableSize } from './size-estimates.ts';
import type { SystemTables } from './system-tables.ts';
import { DATACENTER, RACK, RELEASE_VERSION, schemaVersion } from './system-tables.ts';
import { tableFileStatistics } from './table-file-statistics.ts';

export interface NodeAdminParts {
  readonly identity: NodeIdentity;
  readonly options: NodeOptions;
  readonly schemas: SchemaService;
  readonly port: ShardPort;
  readonly generation: number;
}

export class NodeAdmin implements NodeOperations {
  readonly #parts: NodeAdminParts;
  readonly #files: MaintenancePort;
  #drained = false;
  #transportsStopped = false;

  constructor(parts: NodeAdminParts) {
    this.#parts = parts;
    this.#files = new MaintenancePort(parts.port);
  }

  async status(): Promise<NodeStatus> {
    const { identity, options, schemas, generation } = this.#parts;
    const tables = await this.#statisticsOf(this.#tables(null, []));
    const numbers = sumShards(await this.shardNumbers());
    const sum = (name: string) => tables.reduce((total, table) => total + (table.numbers[name] ?? 0), 0);
    const memory = process.memoryUsage();
    return {
      clusterName: identity.clusterName,
      datacenter: DATACENTER,
      rack: RACK,
      address: '127.0.0.1',
      hostId: identity.hostId,
      tokens: identity.tokens,
      loadBytes: sum('disk_bytes'),
      uncompressedBytes: sum('uncompressed_bytes'),
      uptimeSeconds: Math.floor(process.uptime()),
      releaseVersion: RELEASE_VERSION,
      schemaVersion: schemaVersion(schemas.schema),
      generation,
      nativeTransportActive: !this.#transportsStopped,
      residentBytes: memory.rss,
      memoryLimitBytes: options.memoryBytes,
      heapBytes: memory.heapUsed,
      memory: memoryStatus(numbers),
      chunkCache: cacheStatus(numbers, 'chunk_cache', 'chunks'),
      rowCache: cacheStatus(numbers, 'row_cache', 'entries'),
      keyspaces: [...schemas.schema.keyspaces.values()]
        .filter((keyspace) => !keyspace.virtual)
        .map(({ name, replication }) => ({ name, replication: Object.fromEntries(replication) })),
    };
  }

  async tableStatistics(keyspaces: readonly string[]): Promise<TableStatistics[]> {
    if (keyspaces.length === 0) return this.#statisticsOf(this.#tables(null, []));
    const chosen = keyspaces.map((keyspace) => this.#statisticsOf(this.#tables(keyspace, [])));
    return (await Promise.all(chosen)).flat();
  }

  async clients(): Promise<ClientStatistics[]> {
    const connections = await this.#parts.port.connections();
    return connections.map((connection) => ({ ...connection, requests: Number(connection.requests) }));
  }

  async flush(keyspace: string | null, tables: readonly string[]): Promise<void> {
    await Promise.all(this.#tables(keyspace, tables).map((table) => this.#parts.port.flush(tableIdBytes(table))));
  }

  /** Clients are served no more; the node goes on for its operator. */
  async stopTransports(): Promise<void> {
    if (this.#transportsStopped) return;
    this.#transportsStopped = true;
    await this.#parts.port.drain();
  }

  async drain(): Promise<void> {
    if (this.#drained) return;
    this.#drained = true;
    await this.#parts.port.flush();
    await this.stopTransports();
  }

  /** Numbers of a table, and of the node, summed over the shards. */
  async numbersOf(table: TableMetadata): Promise<Readonly<Record<string, number>>> {
    return sumShards(await this.#parts.port.tableStats(tableIdBytes(table)));
  }

  async numbers(): Promise<Readonly<Record<string, number>>> {
    return sumShards(await this.shardNumbers());
  }

  shardNumbers(): Promise<ReadonlyMap<string, bigint>[]> {
    return this.#parts.port.stats();
  }

  /** Writes system.size_estimates anew; tables that were dropped meanwhile are passed over. */
  async recordSizeEstimates(systemTables: SystemTables): Promise<void> {
    const { identity, schemas } = this.#parts;
    for (const [keyspace, tables] of Map.groupBy(estimatedTables(schemas.schema), (table) => table.keyspace)) {
      const sizes = new Map<string, TableSize>();
      for (const { table, numbers } of await this.#statisticsOf(tables)) {
        sizes.set(table, {
          partitions: numbers['partitions_estimate'] ?? 0,
          meanPartitionBytes: (numbers['mean_partition_bytes'] ?? 0) / this.#parts.options.shards,
        });
      }
      await systemTables.putSizeEstimates(keyspace, sizes, identity.tokens);
    }
  }

  #tables(keyspace: string | null, names: readonly string[]): TableMetadata[] {
    return chosenTables(this.#parts.schemas.schema, keyspace, names);
  }

  #statisticsOf(tables: readonly TableMetadata[]): Promise<TableStatistics[]> {
    const users = [...tables].sort(
      (left, right) => Number(isSystemKeyspace(left.keyspace)) - Number(isSystemKeyspace(right.keyspace)),
    );
    return Promise.all(
      users.map(async (table) => ({
        keyspace: table.keyspace,
        table: table.name,
        numbers: await this.numbersOf(table),
        files: tableFileStatistics(table, await this.#files.sstables(tableIdBytes(table))),
      })),
    );
  }
}

/** Sizes of the largest are maxima, everything else adds up. */
function sumShards(shards: readonly ReadonlyMap<string, bigint>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const numbers of shards) {
    for (const [name, value] of numbers) {
      const soFar = sums[name] ?? 0;
      sums[name] = name.startsWith('max_') ? Math.max(soFar, Number(value)) : soFar + Number(value);
    }
  }
  return sums;
}
