/**
 * The settings that Ceto uses, by Cassandra's names, with Cassandra's defaults where it has one and what
 * is expected of a value in words. Ceto's own begin with `ceto_`.
 */
import { z } from 'zod';
import { parseDurationMicros, parseRateBytesPerSecond, parseSizeBytes } from './units.ts';

/** A setting that does not read as it should: the text says what was expected. */
function parsed<Value>(expected: string, parse: (text: string) => Value | null) {
  return z.union([z.string(), z.number()]).transform((raw, context) => {
    const value = parse(String(raw));
    if (value === null) {
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    }
    return value;
  });
}

const duration = () =>
  parsed('a duration such as 500ms, 10s or 2h (units d, h, m, s, ms, us, ns)', parseDurationMicros);
const size = () => parsed('a size such as 512KiB, 16MiB or 1GiB (units B, KiB, MiB, GiB)', parseSizeBytes);
const rate = () => parsed('a data rate such as 64MiB/s (units B/s, KiB/s, MiB/s)', parseRateBytesPerSecond);

const wholeNumber = (minimum: number, maximum: number) => {
  const expected = `a whole number from ${minimum} to ${maximum}`;
  return z.number(expected).int(expected).min(minimum, expected).max(maximum, expected);
};

const fraction = () => {
  const expected = 'a number from 0 to 1';
  return z.number(expected).min(0, expected).max(1, expected);
};

const trueOrFalse = () => z.boolean('true or false');

const port = () => wholeNumber(0, 65_535);

/** `{ class_name: X }` or the bare class, of which only `supported` are served. */
function className(supported: readonly string[]) {
  const expected = `one of ${supported.join(', ')}`;
  return z.union([z.string(), z.object({ class_name: z.string() })], expected).transform((raw, context) => {
    const name = (typeof raw === 'string' ? raw : raw.class_name).split('.').at(-1) ?? '';
    if (!supported.includes(name)) {
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    }
    return name;
  });
}

const text = () => z.string('a string');

export const SETTINGS = {
  cluster_name: text().default('Test Cluster'),
  num_tokens: wholeNumber(1, 1536).default(16),
  partitioner: className(['Murmur3Partitioner']).default('Murmur3Partitioner'),
  authenticator: className(['AllowAllAuthenticator']).default('AllowAllAuthenticator'),
  authorizer: className(['AllowAllAuthorizer']).default('AllowAllAuthorizer'),
  endpoint_snitch: className(['SimpleSnitch']).default('SimpleSnitch'),
  data_file_directories: z
    .array(text(), 'a list with one directory')
    .length(1, 'a list with one directory')
    .default(['data/data']),
  commitlog_directory: text().optional(),
  listen_address: text().default('localhost'),
  rpc_address: text().default('127.0.0.1'),
  broadcast_rpc_address: text().optional(),
  native_transport_port: port().default(9042),
  native_transport_max_frame_size: size().default(16 << 20),
  native_transport_max_concurrent_connections: wholeNumber(-1, 1_000_000).default(-1),
  commitlog_sync: z.enum(['periodic', 'group', 'batch'], 'periodic, group or batch').default('group'),
  commitlog_sync_period: duration().default(10_000_000),
  commitlog_sync_group_window: duration().default(0),
  commitlog_segment_size: size().default(32 << 20),
  commitlog_total_space: size().optional(),
  /** The defaults of both are those of the cassandra.yaml that Cassandra ships. */
  disk_failure_policy: z
    .enum(['die', 'stop_paranoid', 'stop', 'best_effort', 'ignore'], 'die, stop_paranoid, stop, best_effort or ignore')
    .default('stop'),
  commit_failure_policy: z
    .enum(['die', 'stop', 'stop_commit', 'ignore'], 'die, stop, stop_commit or ignore')
    .default('stop'),
  memtable_heap_space: size().optional(),
  memtable_offheap_space: size().optional(),
  file_cache_size: size().optional(),
  /** 0 is no row cache, as in Cassandra; without it a part of what the caches may hold. */
  row_cache_size: size().optional(),
  compaction_throughput: rate().default(64 << 20),
  concurrent_compactors: wholeNumber(1, 1_024).optional(),
  min_free_space_per_drive: size().default(50 << 20),
  /** Of the free space beyond that; not of a hundred, whatever its name says. */
  max_space_usable_for_compactions_in_percentage: fraction().default(0.95),
  read_request_timeout: duration().default(5_000_000),
  range_request_timeout: duration().default(10_000_000),
  write_request_timeout: duration().default(2_000_000),
  counter_write_request_timeout: duration().default(5_000_000),
  cas_contention_timeout: duration().default(1_000_000),
  truncate_request_timeout: duration().default(60_000_000),
  request_timeout: duration().default(10_000_000),
  auto_snapshot: trueOrFalse().default(true),
  auto_snapshot_ttl: duration().optional(),
  incremental_backups: trueOrFalse().default(false),
  tombstone_warn_threshold: wholeNumber(-1, 2_147_483_647).default(1_000),
  tombstone_failure_threshold: wholeNumber(-1, 2_147_483_647).default(100_000),
  batch_size_warn_threshold: size().default(5 << 10),
  batch_size_fail_threshold: size().default(50 << 10),
  /** commitlog_archiving.properties; the file beside the configuration when not given. */
  ceto_commitlog_archiving: text().optional(),
  /** Whether a start passes over damage in the commit log, as -Dcassandra.commitlog.ignorereplayerrors=true. */
  ceto_commitlog_ignore_replay_errors: z.boolean('true or false').default(false),
  /** Shards of this node; the number of cores when not given. */
  ceto_shards: wholeNumber(1, 256).optional(),
  /** Memory of the whole process: memtables and caches get what the runtime leaves. */
  ceto_memory: size().optional(),
  ceto_io: z.enum(['auto', 'io_uring', 'aio'], 'auto, io_uring or aio').default('auto'),
  ceto_log_level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'], 'trace, debug, info, warn or error')
    .default('info'),
  /** The port on which a client's own port chooses the shard; 0 closes it. */
  ceto_shard_aware_port: port().default(19_042),
  ceto_admin_port: port().default(10_000),
  ceto_admin_address: text().default('127.0.0.1'),
} as const;

export const SETTINGS_SCHEMA = z.object(SETTINGS);
export type Settings = z.output<typeof SETTINGS_SCHEMA>;
