import type { Properties } from '../../ast/index.ts';
import { configurationError, serverError } from '../../errors/index.ts';
import { parseUuid, uuidText } from '../../types/index.ts';
import { javaDoubleText } from '../../types/values/floats.ts';
import { type Caching, DEFAULT_TABLE_PARAMS, type TableParams } from '../params.ts';
import { defaultBloomFilterFpChance, prepareCompaction, validateCompaction } from './compaction.ts';
import { prepareCompression } from './compression.ts';
import type { DdlContext } from './context.ts';
import { PropertyReader, parseInteger } from './properties.ts';
import { parseSpeculativeRetry } from './speculative-retry.ts';

const OPTIONS: ReadonlySet<string> = new Set([
  'additional_write_policy',
  'allow_auto_snapshot',
  'bloom_filter_fp_chance',
  'caching',
  'cdc',
  'comment',
  'compaction',
  'compression',
  'crc_check_chance',
  'default_time_to_live',
  'extensions',
  'gc_grace_seconds',
  'id',
  'incremental_backups',
  'max_index_interval',
  'memtable',
  'memtable_flush_period_in_ms',
  'min_index_interval',
  'read_repair',
  'speculative_retry',
]);

/** Twenty years, the largest TTL (Attributes.MAX_TTL). */
export const MAX_TTL = 20 * 365 * 24 * 60 * 60;
/** The least false-positive chance that the bloom filter's tables reach. */
const MIN_BLOOM_FP_CHANCE = 6.71e-5;

/** Options written in a statement. */
export interface TableAttributes {
  /** The id asked for with `WITH id`, null when none was. */
  readonly id: string | null;
  readonly params: Partial<TableParams>;
}

/** Reads the options; what is wrong with one by itself is refused here, what is out of bounds in `validateParams`. */
export function readTableAttributes(properties: Properties, context: DdlContext): TableAttributes {
  const reader = new PropertyReader(properties);
  reader.validate(OPTIONS);
  const id = reader.string('id') ?? null;
  // Cassandra takes extensions in a statement and keeps nothing of them: only its own tools set them.
  reader.map('extensions');
  const given = {
    additionalWritePolicy: optional(reader.string('additional_write_policy'), parseSpeculativeRetry),
    allowAutoSnapshot: reader.boolean('allow_auto_snapshot'),
    bloomFilterFpChance: reader.double('bloom_filter_fp_chance'),
    caching: optional(reader.map('caching'), readCaching),
    cdc: reader.boolean('cdc'),
    comment: reader.string('comment'),
    compaction: optional(reader.map('compaction'), prepareCompaction),
    compression: optional(reader.map('compression'), prepareCompression),
    crcCheckChance: reader.double('crc_check_chance'),
    defaultTimeToLive: reader.integer('default_time_to_live'),
    gcGraceSeconds: reader.integer('gc_grace_seconds'),
    incrementalBackups: reader.boolean('incremental_backups'),
    maxIndexInterval: reader.integer('max_index_interval'),
    memtable: optional(reader.string('memtable'), (name) => readMemtable(name, context)),
    memtableFlushPeriodInMs: reader.integer('memtable_flush_period_in_ms'),
    minIndexInterval: reader.integer('min_index_interval'),
    readRepair: optional(reader.string('read_repair'), readReadRepair),
    speculativeRetry: optional(reader.string('speculative_retry'), parseSpeculativeRetry),
  };
  const params = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { id, params: params as Partial<TableParams> };
}

/** The options of a new table: the defaults, with the bloom filter's depending on the compaction strategy. */
export function newTableParams(attributes: TableAttributes): TableParams {
  const compaction = attributes.params.compaction ?? DEFAULT_TABLE_PARAMS.compaction;
  return {
    ...DEFAULT_TABLE_PARAMS,
    bloomFilterFpChance: defaultBloomFilterFpChance(compaction),
    ...attributes.params,
  };
}

/** The id of `WITH id`, in canonical form. */
export function readTableId(text: string): string {
  const bytes = parseUuid(text);
  if (bytes === null) throw configurationError('Invalid table id');
  return uuidText(bytes);
}

/** Checks bounds and the options of strategies (TableParams.validate). */
export function validateParams(params: TableParams): void {
  validateCompaction(params.compaction);
  const { bloomFilterFpChance: bloom, crcCheckChance: crc } = params;
  if (bloom <= MIN_BLOOM_FP_CHANCE || bloom > 1) {
    throw configurationError(
      `bloom_filter_fp_chance must be larger than 6.71E-5 and less than or equal to 1.0 (got ${javaDoubleText(bloom)})`,
    );
  }
  if (crc < 0 || crc > 1) {
    throw configurationError(
      `crc_check_chance must be larger than or equal to 0 and smaller than or equal to 1.0 (got ${javaDoubleText(crc)})`,
    );
  }
  atLeast('default_time_to_live', params.defaultTimeToLive, 0);
  if (params.defaultTimeToLive > MAX_TTL) {
    throw configurationError(
      `default_time_to_live must be less than or equal to ${MAX_TTL} (got ${params.defaultTimeToLive})`,
    );
  }
  atLeast('gc_grace_seconds', params.gcGraceSeconds, 0);
  atLeast('min_index_interval', params.minIndexInterval, 1);
  if (params.maxIndexInterval < params.minIndexInterval) {
    throw configurationError(
      `max_index_interval must be greater than or equal to min_index_interval (${params.minIndexInterval}) ` +
        `(got ${params.maxIndexInterval})`,
    );
  }
  atLeast('memtable_flush_period_in_ms', params.memtableFlushPeriodInMs, 0);
}

function atLeast(name: string, value: number, bound: number): void {
  if (value < bound) throw configurationError(`${name} must be greater than or equal to ${bound} (got ${value})`);
}

function optional<T, R>(value: T | undefined, read: (value: T) => R): R | undefined {
  return value === undefined ? undefined : read(value);
}

function readCaching(options: ReadonlyMap<string, string>): Caching {
  const unknown = [...options.keys()].filter((name) => name !== 'keys' && name !== 'rows_per_partition');
  if (unknown.length > 0) {
    throw configurationError(
      `Invalid caching sub-options [${unknown.join(', ')}]: only 'keys' and 'rows_per_partition' are allowed`,
    );
  }
  const keys = (options.get('keys') ?? 'ALL').toUpperCase();
  const rows = (options.get('rows_per_partition') ?? 'NONE').toUpperCase();
  if (keys !== 'ALL' && keys !== 'NONE') {
    throw configurationError(
      `Invalid value '${options.get('keys')}' for caching sub-option 'keys': only 'ALL' and 'NONE' are allowed`,
    );
  }
  const isCount = (parseInteger(rows) ?? -1) >= 0;
  if (rows !== 'ALL' && rows !== 'NONE' && !isCount) {
    throw configurationError(
      `Invalid value '${options.get('rows_per_partition')}' for caching sub-option 'rows_per_partition': ` +
        "only 'ALL', 'NONE', and integer values are allowed",
    );
  }
  return { keys, rowsPerPartition: rows };
}

function readMemtable(name: string, context: DdlContext): string {
  if (!context.memtables.has(name)) throw configurationError(`Memtable configuration "${name}" not found.`);
  return name;
}

function readReadRepair(text: string): 'BLOCKING' | 'NONE' {
  const upper = text.toUpperCase();
  if (upper === 'BLOCKING' || upper === 'NONE') return upper;
  throw serverError(
    `java.lang.IllegalArgumentException: No enum constant org.apache.cassandra.service.reads.repair.ReadRepairStrategy.${upper}`,
  );
}
