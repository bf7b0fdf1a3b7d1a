/** The rows of system_views' tables, in Cassandra's words, from what the node knows. */
import { uuidText } from '../../cql/types/index.ts';
import type { RunningCompaction } from '../../storage/maintenance-port.ts';
import type { ConnectionInfo } from '../../storage/shard-port.ts';
import type { CacheStatus } from '../admin/operations.ts';
import type { Settings } from '../config/settings.ts';
import type { VirtualRow } from './virtual-tables.ts';

const MEBIBYTE = 2 ** 20;

export function sstableTaskRow(task: RunningCompaction): VirtualRow {
  return {
    keyspace_name: task.keyspace,
    table_name: task.table,
    task_id: uuidText(task.id),
    completion_ratio: task.total === 0n ? 0 : Number(task.done) / Number(task.total),
    kind: task.kind.toLowerCase(),
    progress: task.done,
    sstables: task.sstables,
    target_directory: task.directory,
    total: task.total,
    unit: task.unit,
  };
}

export function clientRow(connection: ConnectionInfo): VirtualRow {
  const options = new Map<string, string>();
  if (connection.driverName !== '') options.set('DRIVER_NAME', connection.driverName);
  if (connection.driverVersion !== '') options.set('DRIVER_VERSION', connection.driverVersion);
  return {
    address: connection.address,
    port: connection.port,
    client_options: options,
    connection_stage: 'ready',
    driver_name: connection.driverName || null,
    driver_version: connection.driverVersion || null,
    hostname: connection.address === '127.0.0.1' ? 'localhost' : connection.address,
    keyspace_name: connection.keyspace || null,
    protocol_version: connection.version,
    request_count: connection.requests,
    ssl_enabled: false,
    username: 'anonymous',
  };
}

export function cacheRow(name: string, cache: CacheStatus): VirtualRow {
  const requests = cache.hits + cache.misses;
  return {
    name,
    capacity_bytes: BigInt(cache.limitBytes),
    entry_count: cache.entries,
    hit_count: BigInt(cache.hits),
    hit_ratio: requests === 0 ? null : cache.hits / requests,
    request_count: BigInt(requests),
    size_bytes: BigInt(cache.bytes),
  };
}

/** Of a table; a started mebibyte counts. */
export function mebibytesRow(keyspace: string, table: string, bytes: number): VirtualRow {
  return { keyspace_name: keyspace, table_name: table, mebibytes: BigInt(Math.ceil(bytes / MEBIBYTE)) };
}

const DURATIONS = /^(commitlog_sync_period|commitlog_sync_group_window|.*_timeout)$/;
const RATES: ReadonlySet<string> = new Set(['compaction_throughput']);
const SIZES: ReadonlySet<string> = new Set([
  'native_transport_max_frame_size',
  'commitlog_segment_size',
  'commitlog_total_space',
  'memtable_heap_space',
  'memtable_offheap_space',
  'file_cache_size',
  'batch_size_warn_threshold',
  'batch_size_fail_threshold',
  'ceto_memory',
]);

/** Each setting as a configuration file would have it. */
export function settingRows(settings: Settings): VirtualRow[] {
  return Object.entries(settings).map(([name, value]) => ({ name, value: settingText(name, value) }));
}

function settingText(name: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (typeof value !== 'number') return String(value);
  if (DURATIONS.test(name)) return value % 1000 === 0 ? `${value / 1000}ms` : `${value}us`;
  if (RATES.has(name)) return `${value / MEBIBYTE}MiB/s`;
  if (SIZES.has(name)) return sizeText(value);
  return String(value);
}

function sizeText(bytes: number): string {
  if (bytes % MEBIBYTE === 0) return `${bytes / MEBIBYTE}MiB`;
  return bytes % 1024 === 0 ? `${bytes / 1024}KiB` : `${bytes}B`;
}
