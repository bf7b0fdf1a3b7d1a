/**
 * The addon as TypeScript sees it: threads, ports and runs of bytes. What the bytes mean stands in
 * docs/formats/shard-messages.md and is typed by `ShardPort` (shard-port.ts).
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface NativeNodeConfig {
  readonly shards: number;
  /** CPU of each shard's thread; -1 leaves it to the kernel. */
  readonly cpus: readonly number[];
  /** JavaScript threads that will attach: main and the workers. */
  readonly ports: number;
  readonly dataDirectory: string;
  readonly commitlogDirectory: string;
  readonly io: 'auto' | 'io_uring' | 'aio';
  readonly commitlogSync: 'periodic' | 'group' | 'batch';
  readonly commitlogSyncPeriodMicros: number;
  readonly commitlogGroupWindowMicros: number;
  readonly commitlogSegmentBytes: number;
  /** Finished segments stay until they are reported as archived. */
  readonly commitlogArchiving: boolean;
  /** No new segment has this id or less. */
  readonly commitlogLastArchived: bigint;
  readonly commitlogIgnoreReplayErrors: boolean;
  /** Whether this start restores: replays what lies in the log's folder `restore`, and what follows here. */
  readonly restoreActive: boolean;
  /** Records with a later write timestamp are left out. */
  readonly restoreUntilMicros: bigint;
  readonly restoreTimestampMicros: bigint;
  readonly restoreSnapshotPosition: bigint;
  /** Budgets of the whole node; each shard gets an equal part. */
  readonly commitlogTotalBytes: number;
  /** Of memtables, caches and what open SSTables keep in memory together. */
  readonly memoryBytes: number;
  readonly memtableBytes: number;
  readonly chunkCacheBytes: number;
  /** 0: no row cache; Number.MAX_SAFE_INTEGER: the shard chooses. */
  readonly rowCacheBytes: number;
  readonly compactionBytesPerSecond: number;
  readonly incrementalBackups: boolean;
  /** Of each shard. */
  readonly concurrentCompactions: number;
  readonly minFreeBytes: number;
  /** From 0 to 1. */
  readonly compactionSpaceFraction: number;
  readonly maxFrameBytes: number;
  readonly maxConnections: number;
  readonly tombstoneWarnThreshold: number;
  readonly tombstoneFailureThreshold: number;
  readonly batchSizeWarnBytes: number;
  readonly batchSizeFailBytes: number;
  readonly readTimeoutMicros: number;
  readonly rangeTimeoutMicros: number;
  readonly writeTimeoutMicros: number;
  readonly counterWriteTimeoutMicros: number;
  /** This node's host id, 16 bytes. */
  readonly hostId: Uint8Array;
}

export interface NativePort {
  /** False when the ring to that shard is full. */
  send(shard: number, message: Uint8Array): boolean;
  detach(): void;
}

export type MessagesHandler = (shard: number, messages: Uint8Array[]) => void;

export interface NativeAddon {
  createNode(config: NativeNodeConfig): void;
  attach(port: number, onMessages: MessagesHandler): NativePort;
  /** Joins the shards' threads; every shard must have answered STOP. */
  joinNode(): void;
  /** The calling thread's nice value: 10 leaves it a tenth of a contended core. */
  setThreadNice(nice: number): void;
  /** Shards of the running node. */
  shardCount(): number;
}

const ADDON_PATH = '../build/Release/ceto.node';

/** Loads the addon that `npm run build` made; throws where it is missing. */
export function loadNative(path: string = fileURLToPath(new URL(ADDON_PATH, import.meta.url))): NativeAddon {
  return createRequire(import.meta.url)(path) as NativeAddon;
}
