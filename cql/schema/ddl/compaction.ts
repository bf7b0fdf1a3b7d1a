import { type CqlError, configurationError } from '../../errors/index.ts';
import type { StringMap } from '../params.ts';
import { humanReadable, parseHumanReadable } from './human-readable.ts';
import { parseDouble, parseInteger } from './properties.ts';

const PACKAGE = 'org.apache.cassandra.db.compaction.';

type Options = ReadonlyMap<string, string>;
/** Checks one option's text; returns nothing or throws. */
type Check = (value: string, name: string, options: Options) => void;

const notParsable = (value: string, what: string, name: string): CqlError =>
  configurationError(`${value} is not a parsable ${what} for ${name}`);

function integer(check: (number: number, name: string) => string | null): Check {
  return (value, name) => {
    const number = parseInteger(value);
    if (number === null) throw notParsable(value, 'int (base10)', name);
    const problem = check(number, name);
    if (problem !== null) throw configurationError(problem);
  };
}

/** A Java long: its value where JavaScript has it exactly, near it elsewhere. */
function parseLong(text: string): number | null {
  if (!/^[+-]?\d+$/.test(text)) return null;
  const value = BigInt(text);
  return value >= -(2n ** 63n) && value < 2n ** 63n ? Number(value) : null;
}

/** What Java calls it in the message is not always what it parses. */
function long(check: (number: number, name: string) => string | null, called = 'int'): Check {
  return (value, name) => {
    const number = parseLong(value);
    if (number === null) throw notParsable(value, `${called} (base10)`, name);
    const problem = check(number, name);
    if (problem !== null) throw configurationError(problem);
  };
}

/** Java's floating-point numbers have their infinities and NaN. */
function parseJavaDouble(text: string): number | null {
  const special = /^\s*([+-]?)(NaN|Infinity)\s*$/.exec(text);
  if (special === null) return parseDouble(text);
  return special[2] === 'NaN' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity;
}

const float: Check = (value, name) => {
  if (parseJavaDouble(value) === null) throw notParsable(value, 'float', name);
};

const oneOf =
  (values: readonly string[]): Check =>
  (value, name) => {
    if (!values.includes(value)) throw configurationError(`${value} is not valid for ${name}`);
  };

const booleanWith =
  (message: (value: string, name: string) => string): Check =>
  (value, name) => {
    if (!/^(true|false)$/i.test(value)) throw configurationError(message(value, name));
  };

const isTrueOrFalse = booleanWith((value, name) => `${name} should either be 'true' or 'false', not ${value}`);
const isQuotedBoolean = booleanWith((value, name) => `'${name}' should be either 'true' or 'false', not '${value}'`);
const isHalfQuotedBoolean = booleanWith((value, name) => `'${name}' should either be 'true' or 'false', not ${value}`);

const positive = integer((n, name) => (n > 0 ? null : `${name} must be larger than 0, but was ${n}`));

/** Options that every strategy takes (AbstractCompactionStrategy.validateOptions), in the order of its checks. */
const COMMON: Readonly<Record<string, Check>> = {
  provide_overlapping_tombstones(value, name) {
    if (/^(none|row|cell)$/i.test(value)) return;
    throw configurationError(
      `Invalid value ${value.toUpperCase()} for '${name}' compaction sub-option - must be one of the following [NONE, ROW, CELL].`,
    );
  },
  tombstone_threshold(value, name) {
    const number = parseJavaDouble(value);
    if (number === null) throw notParsable(value, 'int (base10)', name);
    if (number < 0) throw configurationError(`${name} must be greater than 0, but was ${number.toFixed(6)}`);
  },
  tombstone_compaction_interval: long((n, name) => (n < 0 ? `${name} must be greater than 0, but was ${n}` : null)),
  unchecked_tombstone_compaction: isQuotedBoolean,
  log_all: isHalfQuotedBoolean,
  // Whatever is not true is false.
  only_purge_repaired_tombstones() {},
  enabled: isTrueOrFalse,
};

const THRESHOLDS: ReadonlySet<string> = new Set(['min_threshold', 'max_threshold']);

const SIZE_TIERED: Readonly<Record<string, Check>> = {
  min_sstable_size: long((n, name) => (n < 0 ? `${name} must be non negative: ${n}` : null)),
  bucket_low: float,
  bucket_high(value, name, options) {
    float(value, name, options);
  },
};

function checkBuckets(options: Options): void {
  const low = parseJavaDouble(options.get('bucket_low') ?? '0.5') ?? 0.5;
  const high = parseJavaDouble(options.get('bucket_high') ?? '1.5') ?? 1.5;
  // NaN is neither less nor equal.
  if (!(high <= low)) return;
  throw configurationError(
    `bucket_high value (${javaFloat(high)}) is less than or equal to the bucket_low value (${javaFloat(low)})`,
  );
}

function javaFloat(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

const LEVELED: Readonly<Record<string, Check>> = {
  sstable_size_in_mb: positive,
  fanout_size(value, name, options) {
    // Cassandra's message has the other option's value.
    if (parseInteger(value) === null) {
      throw notParsable(options.get('sstable_size_in_mb') ?? '1', 'int (base10)', name);
    }
    positive(value, name, options);
  },
  // Whatever is not true is false.
  single_sstable_uplevel() {},
  ...SIZE_TIERED,
};

const TIME_WINDOW: Readonly<Record<string, Check>> = {
  timestamp_resolution: oneOf(['NANOSECONDS', 'MICROSECONDS', 'MILLISECONDS', 'SECONDS']),
  compaction_window_unit: oneOf(['MINUTES', 'HOURS', 'DAYS']),
  compaction_window_size: integer((n, name) => (n < 1 ? `${n} must be greater than 1 for ${name}` : null)),
  expired_sstable_check_frequency_seconds: long((n, name) =>
    n < 0 ? `${name} must not be negative, but was ${n}` : null,
  ),
  unsafe_aggressive_sstable_expiration(value, name, options) {
    booleanWith((given) => `${name} is not 'true' or 'false' (${given})`)(value, name, options);
    if (!/^true$/i.test(value)) return;
    // Cassandra allows it only where a system property says so; Ceto has no such switch.
    throw configurationError(
      `${name} is requested but not allowed, restart cassandra with -Dcassandra.allow_${name}=true to allow it`,
    );
  },
  ...SIZE_TIERED,
};

const MIB = 2 ** 20;
const DEFAULT_TARGET_SSTABLE_SIZE = 1024 * MIB;

/** Bytes; throws what `problem` makes of the reason why the text is no size. */
function sizeInBytes(value: string, problem: (reason: string) => string): number {
  const parsed = parseHumanReadable(value, 'B');
  if ('problem' in parsed) throw configurationError(problem(parsed.problem));
  return parsed.value;
}

const sizeOfAtLeastOneMebibyte: Check = (value, name) => {
  const bytes = sizeInBytes(value, (reason) => `${name} ${value} is not a valid size in bytes: ${reason}`);
  if (bytes < MIB) {
    throw configurationError(`${name} ${value} is not acceptable, size must be at least ${humanReadable(MIB, 'B')}`);
  }
};

function scalingParameter(parameter: string): void {
  const match = /^(?:N|L(\d+)|T(\d+)|[+-]?\d+)$/.exec(parameter);
  if (match === null) {
    throw configurationError(`Scaling parameter ${parameter} must match N|L[0-9]+|T[0-9]+|[+-]?[0-9]+`);
  }
  const digits = match[1] ?? match[2] ?? parameter;
  if (parameter !== 'N' && parseInteger(digits) === null) {
    throw configurationError(
      `${PACKAGE}UnifiedCompactionStrategy.validateOptions() threw an error: ` +
        `java.lang.NumberFormatException For input string: "${digits}"`,
    );
  }
  const fan = match[1] ?? match[2];
  if (fan !== undefined && Number(fan) < 2) {
    throw configurationError(`Fan factor cannot be lower than 2 in ${parameter}`);
  }
}

const UNIFIED: Readonly<Record<string, Check>> = {
  scaling_parameters(value) {
    for (const parameter of value.split(',')) scalingParameter(parameter.trim());
  },
  base_shard_count: integer((n, name) => (n > 0 ? null : `Invalid configuration, ${name} should be positive: ${n}`)),
  target_sstable_size(value, name, options) {
    const parsed = parseHumanReadable(value, 'B');
    if ('value' in parsed && parsed.value >= 2 ** 63) {
      throw configurationError(`${name} ${value} is out of range of Long.`);
    }
    sizeOfAtLeastOneMebibyte(value, name, options);
  },
  flush_size_override: sizeOfAtLeastOneMebibyte,
  max_sstables_to_compact: integer(() => null),
  expired_sstable_check_frequency_seconds: long(
    (n, name) => (n > 0 ? null : `Invalid configuration, ${name} should be positive: ${n}`),
    'long',
  ),
  // Taken, but without the system property it does nothing.
  unsafe_aggressive_sstable_expiration: isTrueOrFalse,
  overlap_inclusion_method(value) {
    if (/^(none|single|transitive)$/i.test(value)) return;
    throw configurationError(
      `Invalid overlap inclusion method ${value}. The valid options are [NONE, SINGLE, TRANSITIVE].`,
    );
  },
  min_sstable_size(value, name, options) {
    const bytes = sizeInBytes(value, () => `${value} is not a valid size in bytes for ${name}`);
    if (bytes < 0) {
      throw configurationError(`Invalid configuration, ${name} should be greater than or equal to 0 (zero)`);
    }
    const target = sizeInBytes(options.get('target_sstable_size') ?? `${DEFAULT_TARGET_SSTABLE_SIZE}B`, String);
    if (bytes < Math.ceil(target * Math.SQRT1_2)) return;
    throw configurationError(
      `Invalid configuration, ${name} (${humanReadable(bytes, 'B')}) should be less than 70% of the ` +
        `targetSSTableSize (${humanReadable(target, 'B')})`,
    );
  },
  sstable_growth(value, name) {
    const percent = /^(.*)%$/.exec(value);
    const number = parseJavaDouble(percent?.[1] ?? value);
    if (number === null) {
      const reason = value.trim() === '' ? 'empty String' : `For input string: "${value}"`;
      throw configurationError(`${name} is not a valid number between 0 and 1: ${reason}`);
    }
    const growth = percent === null ? number : number / 100;
    if (growth < 0 || growth > 1) throw configurationError(`${name} ${value} must be between 0 and 1`);
  },
};

interface Strategy {
  readonly checks: Readonly<Record<string, Check>>;
  readonly thresholds: boolean;
  readonly buckets: boolean;
  /** bloom_filter_fp_chance of tables that do not set it. */
  readonly bloomFilterFpChance: number;
}

const strategy = (checks: Readonly<Record<string, Check>>, unified = false, bloomFilterFpChance = 0.01): Strategy => ({
  checks,
  thresholds: !unified,
  buckets: !unified,
  bloomFilterFpChance,
});

const STRATEGIES: ReadonlyMap<string, Strategy> = new Map([
  ['SizeTieredCompactionStrategy', strategy(SIZE_TIERED)],
  ['LeveledCompactionStrategy', strategy(LEVELED, false, 0.1)],
  ['TimeWindowCompactionStrategy', strategy(TIME_WINDOW)],
  ['UnifiedCompactionStrategy', strategy(UNIFIED, true)],
]);

function strategyOf(compaction: StringMap): Strategy {
  return STRATEGIES.get((compaction.get('class') as string).slice(PACKAGE.length)) as Strategy;
}

export function defaultBloomFilterFpChance(compaction: StringMap): number {
  return strategyOf(compaction).bloomFilterFpChance;
}

/** The compaction option with its class name completed and the default thresholds, sorted by name. */
export function prepareCompaction(given: ReadonlyMap<string, string>): StringMap {
  const className = given.get('class');
  if (className === undefined) {
    throw configurationError("Missing sub-option 'class' for the 'compaction' option");
  }
  const full = className.includes('.') ? className : PACKAGE + className;
  const found = full.startsWith(PACKAGE) ? STRATEGIES.get(full.slice(PACKAGE.length)) : undefined;
  if (found === undefined) throw configurationError(`Unable to find compaction strategy class '${full}'`);
  const defaults = found.thresholds ? { max_threshold: '32', min_threshold: '4' } : {};
  return sortedMap(new Map([...Object.entries(defaults), ...given, ['class', full]]));
}

/** Checks a prepared compaction option as its strategy does. */
export function validateCompaction(compaction: StringMap): void {
  const { checks, thresholds, buckets } = strategyOf(compaction);
  const all: Readonly<Record<string, Check>> = { ...COMMON, ...checks };
  for (const [name, check] of Object.entries(all)) {
    const value = compaction.get(name);
    if (value !== undefined) check(value, name, compaction);
  }
  if (buckets) checkBuckets(compaction);
  const unknown = [...compaction.keys()].filter(
    (name) => name !== 'class' && !Object.hasOwn(all, name) && !(thresholds && THRESHOLDS.has(name)),
  );
  if (unknown.length > 0) {
    const simple = (compaction.get('class') as string).slice(PACKAGE.length);
    throw configurationError(`Properties specified [${unknown.join(', ')}] are not understood by ${simple}`);
  }
  if (thresholds) validateThresholds(compaction);
}

function validateThresholds(compaction: StringMap): void {
  const [min, max] = [...THRESHOLDS].map((name) => {
    const text = compaction.get(name) as string;
    const value = /^\d+$/.test(text) ? parseInteger(text) : null;
    if (value !== null) return value;
    throw configurationError(`Invalid value ${text} for '${name}' compaction sub-option - must be an integer`);
  }) as [number, number];
  if (min <= 0 || max <= 0) {
    throw configurationError(
      'Disabling compaction by setting compaction thresholds to 0 has been removed, ' +
        "set the compaction option 'enabled' to false instead.",
    );
  }
  if (min <= 1) throw configurationError(`Min compaction threshold cannot be less than 2 (got ${min})`);
  if (min > max) {
    throw configurationError(
      `Min compaction threshold (got ${min}) cannot be greater than max compaction threshold (got ${max})`,
    );
  }
}

export function sortedMap(map: ReadonlyMap<string, string>): StringMap {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
