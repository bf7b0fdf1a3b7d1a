/** Reads cassandra.yaml: what Ceto uses is checked, what only Cassandra uses is noted, the rest refused. */
import { readFileSync } from 'node:fs';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { CASSANDRA_SETTINGS } from './cassandra-settings.ts';
import { nearestName } from './nearest-name.ts';
import { SETTINGS, SETTINGS_SCHEMA, type Settings } from './settings.ts';

/** A configuration that cannot be served; the message names the key, the value and what was expected. */
export class ConfigurationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigurationError';
  }
}

export interface Configuration {
  readonly settings: Settings;
  /** Names that Cassandra knows and Ceto has no use for. */
  readonly unused: readonly string[];
}

/** Older names of settings that Ceto uses: the new name and the unit that the old one had in its name. */
const RENAMED: Readonly<Record<string, { readonly name: keyof Settings; readonly unit: string }>> = {
  read_request_timeout_in_ms: { name: 'read_request_timeout', unit: 'ms' },
  range_request_timeout_in_ms: { name: 'range_request_timeout', unit: 'ms' },
  write_request_timeout_in_ms: { name: 'write_request_timeout', unit: 'ms' },
  counter_write_request_timeout_in_ms: { name: 'counter_write_request_timeout', unit: 'ms' },
  cas_contention_timeout_in_ms: { name: 'cas_contention_timeout', unit: 'ms' },
  truncate_request_timeout_in_ms: { name: 'truncate_request_timeout', unit: 'ms' },
  request_timeout_in_ms: { name: 'request_timeout', unit: 'ms' },
  commitlog_sync_period_in_ms: { name: 'commitlog_sync_period', unit: 'ms' },
  commitlog_sync_group_window_in_ms: { name: 'commitlog_sync_group_window', unit: 'ms' },
  commitlog_segment_size_in_mb: { name: 'commitlog_segment_size', unit: 'MiB' },
  commitlog_total_space_in_mb: { name: 'commitlog_total_space', unit: 'MiB' },
  memtable_heap_space_in_mb: { name: 'memtable_heap_space', unit: 'MiB' },
  memtable_offheap_space_in_mb: { name: 'memtable_offheap_space', unit: 'MiB' },
  file_cache_size_in_mb: { name: 'file_cache_size', unit: 'MiB' },
  row_cache_size_in_mb: { name: 'row_cache_size', unit: 'MiB' },
  native_transport_max_frame_size_in_mb: { name: 'native_transport_max_frame_size', unit: 'MiB' },
  min_free_space_per_drive_in_mb: { name: 'min_free_space_per_drive', unit: 'MiB' },
  compaction_throughput_mb_per_sec: { name: 'compaction_throughput', unit: 'MiB/s' },
  batch_size_warn_threshold_in_kb: { name: 'batch_size_warn_threshold', unit: 'KiB' },
  batch_size_fail_threshold_in_kb: { name: 'batch_size_fail_threshold', unit: 'KiB' },
};

export function readConfiguration(path: string): Configuration {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`cannot read the configuration ${path}: ${(error as Error).message}`);
  }
  return parseConfiguration(text, path);
}

/** `source` names the text in errors. */
export function parseConfiguration(text: string, source: string): Configuration {
  let document: unknown;
  try {
    document = parseYaml(text) ?? {};
  } catch (error) {
    if (error instanceof YAMLParseError) throw new ConfigurationError(`${source} is no YAML: ${error.message}`);
    throw error;
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new ConfigurationError(`${source} must be a map of settings`);
  }
  const used: Record<string, unknown> = {};
  const unused: string[] = [];
  for (const [key, value] of Object.entries(document)) {
    // Cassandra takes an empty value for a setting that is not given.
    if (value === null && (key in SETTINGS || CASSANDRA_SETTINGS.has(key))) continue;
    const renamed = RENAMED[key];
    if (key in SETTINGS) used[key] = value;
    else if (renamed !== undefined) used[renamed.name] = `${value}${renamed.unit}`;
    else if (CASSANDRA_SETTINGS.has(key)) unused.push(key);
    else throw unknownSetting(key, value, source);
  }
  return { settings: checkSettings(used, source), unused };
}

function unknownSetting(key: string, value: unknown, source: string): ConfigurationError {
  const nearest = nearestName(key, [...Object.keys(SETTINGS), ...CASSANDRA_SETTINGS]);
  const hint = nearest === null ? '' : `; the nearest known name is ${nearest}`;
  return new ConfigurationError(
    `${source}: unknown setting ${key} (value ${show(value)}): expected one of the settings of cassandra.yaml${hint}`,
  );
}

/** Defaults filled in, every value checked. */
export function checkSettings(given: Readonly<Record<string, unknown>>, source: string): Settings {
  const checked = SETTINGS_SCHEMA.safeParse(given);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  const key = String(issue?.path[0] ?? '');
  throw new ConfigurationError(
    `${source}: wrong value for ${key}: ${show(given[key])}; expected ${issue?.message ?? 'another value'}`,
  );
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
