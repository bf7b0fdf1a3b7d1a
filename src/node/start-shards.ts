/** Starts the native threads with the node's options. */
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { NativeAddon } from '../../storage/native.ts';
import { throughputOfShard } from './compaction-settings.ts';
import type { NodeOptions } from './node-options.ts';

/** `-1` in a threshold of cassandra.yaml means none; a shard takes the largest count for it. */
const NO_THRESHOLD = 0xffff_ffff;
/** The largest timestamp: nothing is later. */
const NO_POINT_IN_TIME = 2n ** 63n - 1n;
const DEFAULT_MAX_CONNECTIONS = 65_536;

export interface LogHistory {
  /** Whether archived segments are brought back. */
  readonly restoring: boolean;
  /** The largest id of a segment that was archived. */
  readonly lastArchived: bigint;
}

export function startShards(native: NativeAddon, options: NodeOptions, hostId: Uint8Array, history: LogHistory): void {
  const { settings, shards, archiving } = options;
  const orNone = (threshold: number) => (threshold < 0 ? NO_THRESHOLD : threshold);
  mkdirSync(options.directories.data, { recursive: true });
  mkdirSync(options.directories.commitlog, { recursive: true });
  native.createNode({
    shards,
    cpus: cpusFor(shards),
    ports: 1 + options.workers,
    dataDirectory: options.directories.data,
    commitlogDirectory: options.directories.commitlog,
    io: settings.ceto_io,
    commitlogSync: settings.commitlog_sync,
    commitlogSyncPeriodMicros: settings.commitlog_sync_period,
    commitlogGroupWindowMicros: settings.commitlog_sync_group_window,
    commitlogSegmentBytes: settings.commitlog_segment_size,
    commitlogArchiving: archiving.archiveCommand !== null,
    commitlogLastArchived: history.lastArchived,
    commitlogIgnoreReplayErrors: settings.ceto_commitlog_ignore_replay_errors,
    restoreActive: history.restoring,
    restoreUntilMicros: archiving.restoreUntilMicros ?? NO_POINT_IN_TIME,
    restoreTimestampMicros: archiving.timestampMicros,
    restoreSnapshotPosition: archiving.snapshotPosition,
    commitlogTotalBytes: options.commitlogTotalBytes,
    memoryBytes: options.dataBytes,
    memtableBytes: options.memtableBytes,
    chunkCacheBytes: options.chunkCacheBytes,
    incrementalBackups: settings.incremental_backups,
    compactionBytesPerSecond: throughputOfShard(settings.compaction_throughput, shards),
    rowCacheBytes: options.rowCacheBytes,
    concurrentCompactions: concurrentCompactions(settings.concurrent_compactors, shards),
    minFreeBytes: settings.min_free_space_per_drive,
    compactionSpaceFraction: settings.max_space_usable_for_compactions_in_percentage,
    maxFrameBytes: settings.native_transport_max_frame_size,
    maxConnections:
      settings.native_transport_max_concurrent_connections < 0
        ? DEFAULT_MAX_CONNECTIONS
        : settings.native_transport_max_concurrent_connections,
    tombstoneWarnThreshold: orNone(settings.tombstone_warn_threshold),
    tombstoneFailureThreshold: orNone(settings.tombstone_failure_threshold),
    batchSizeWarnBytes: settings.batch_size_warn_threshold,
    batchSizeFailBytes: settings.batch_size_fail_threshold,
    readTimeoutMicros: settings.read_request_timeout,
    rangeTimeoutMicros: settings.range_request_timeout,
    writeTimeoutMicros: settings.write_request_timeout,
    counterWriteTimeoutMicros: settings.counter_write_request_timeout,
    hostId,
  });
}

/** The node's compactors divided among the shards; each has two when nothing is set, so that small ones go on. */
function concurrentCompactions(compactors: number | undefined, shards: number): number {
  return compactors === undefined ? 2 : Math.max(1, Math.ceil(compactors / shards));
}

/** A core for each shard while there are enough (the shard finds which it may use); else the kernel decides. */
function cpusFor(shards: number): number[] {
  const pinned = shards <= availableParallelism();
  return Array.from({ length: shards }, (_, shard) => (pinned ? shard : -1));
}
