/** What a node is started with: the settings and the command line brought together, every number decided. */
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { CommandLine } from '../command-line.ts';
import { type CommitlogArchiving, readArchiving } from '../config/commitlog-archiving.ts';
import { ConfigurationError, checkSettings, readConfiguration } from '../config/config.ts';
import type { Settings } from '../config/settings.ts';

/** One worker per shard up to this many; beyond it shards share workers, so that memory does not grow with cores. */
const MAX_WORKERS = 8;
/** Of the machine's memory, when nothing is said. */
const DEFAULT_MEMORY_FRACTION = 0.25;
/** What the process takes before it holds any data: the runtime and main, and each worker. Measured idle. */
const BASE_BYTES = 96 << 20;
const WORKER_BYTES = 24 << 20;
/** A shard with less could not hold a memtable and its flush at once. */
const MIN_MEMORY_PER_SHARD = 32 << 20;
/** Of the rest, what serves requests in flight, the buffers of flushes and compactions, and the heap's own losses. */
const REQUESTS_FRACTION = 0.15;
/** The most that memtables take of what is left, unless settings say so; the caches have what they leave. */
const MEMTABLE_FRACTION = 0.45;
const MAX_MEMTABLE_FRACTION = 0.9;
/** The shard divides between its caches. */
const AUTOMATIC = Number.MAX_SAFE_INTEGER;
const DEFAULT_COMMITLOG_BYTES = 1 << 30;

export interface NodeOptions {
  readonly settings: Settings;
  readonly unusedSettings: readonly string[];
  readonly shards: number;
  readonly workers: number;
  /** Of the whole process. */
  readonly memoryBytes: number;
  /** Of the data: memtables, caches, and what open SSTables keep in memory. */
  readonly dataBytes: number;
  readonly memtableBytes: number;
  /** The most that each cache may take of what memtables and metadata leave. */
  readonly chunkCacheBytes: number;
  readonly rowCacheBytes: number;
  readonly commitlogTotalBytes: number;
  readonly archiving: CommitlogArchiving;
  readonly directories: { readonly root: string; readonly data: string; readonly commitlog: string };
}

/** Throws ConfigurationError. */
export function nodeOptions(line: CommandLine): NodeOptions {
  const file =
    line.config === undefined
      ? { settings: checkSettings({}, 'defaults'), unused: [] }
      : readConfiguration(line.config);
  const settings: Settings = {
    ...file.settings,
    ...(line.listen === undefined ? {} : { rpc_address: line.listen }),
    ...(line.port === undefined ? {} : { native_transport_port: line.port }),
    ...(line.io === undefined ? {} : { ceto_io: line.io as Settings['ceto_io'] }),
    ...(line.logLevel === undefined ? {} : { ceto_log_level: line.logLevel as Settings['ceto_log_level'] }),
  };
  const shards = line.shards ?? settings.ceto_shards ?? availableParallelism();
  const memoryBytes = line.memory ?? settings.ceto_memory ?? Math.floor(totalmem() * DEFAULT_MEMORY_FRACTION);
  const workers = Math.min(shards, MAX_WORKERS);
  const baseBytes = BASE_BYTES + workers * WORKER_BYTES;
  const leastBytes = baseBytes + shards * MIN_MEMORY_PER_SHARD;
  if (memoryBytes < leastBytes) {
    throw new ConfigurationError(
      `wrong value for memory: ${memoryBytes} bytes; expected at least ${leastBytes} for ${shards} shards`,
    );
  }
  const dataBytes = Math.floor((memoryBytes - baseBytes) * (1 - REQUESTS_FRACTION));
  const memtableSettings = [settings.memtable_heap_space, settings.memtable_offheap_space].filter(
    (size) => size !== undefined,
  );
  const memtableBytes =
    memtableSettings.reduce((sum, size) => sum + size, 0) || Math.floor(dataBytes * MEMTABLE_FRACTION);
  return {
    settings,
    unusedSettings: file.unused,
    shards,
    workers,
    memoryBytes,
    dataBytes,
    memtableBytes: Math.min(memtableBytes, Math.floor(dataBytes * MAX_MEMTABLE_FRACTION)),
    chunkCacheBytes: Math.min(settings.file_cache_size ?? dataBytes, dataBytes),
    rowCacheBytes: settings.row_cache_size ?? AUTOMATIC,
    commitlogTotalBytes: settings.commitlog_total_space ?? DEFAULT_COMMITLOG_BYTES,
    archiving: readArchiving(settings.ceto_commitlog_archiving, line.config),
    directories: directoriesOf(line, file.settings, line.config),
  };
}

/** Cassandra's layout: data, commitlog side by side below one root; the configuration may place each. */
function directoriesOf(line: CommandLine, settings: Settings, config: string | undefined): NodeOptions['directories'] {
  if (line.dataDir !== undefined || config === undefined) {
    const root = resolve(line.dataDir ?? 'data');
    return { root, data: join(root, 'data'), commitlog: join(root, 'commitlog') };
  }
  const data = resolve(settings.data_file_directories[0] ?? 'data/data');
  const root = dirname(data);
  return { root, data, commitlog: resolve(settings.commitlog_directory ?? join(root, 'commitlog')) };
}
