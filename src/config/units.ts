/**
 * Cassandra's units in cassandra.yaml (org.apache.cassandra.config.DurationSpec, DataStorageSpec,
 * DataRateSpec): a whole number and a unit without space between. Each function returns null for text
 * that is none.
 */

const MICROS_PER: Readonly<Record<string, number>> = {
  ns: 0.001,
  us: 1,
  µs: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};

const BYTES_PER: Readonly<Record<string, number>> = { B: 1, KiB: 1 << 10, MiB: 1 << 20, GiB: 1 << 30 };

function quantity(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^(\d+)([a-zA-Zµ]+)$/.exec(text);
  const factor = match?.[2] === undefined ? undefined : units[match[2]];
  return match === null || factor === undefined ? null : Number(match[1]) * factor;
}

/** `5000ms`, `10s`, `3h` → microseconds. */
export function parseDurationMicros(text: string): number | null {
  const micros = quantity(text, MICROS_PER);
  return micros === null ? null : Math.floor(micros);
}

/** Cassandra's words for a duration that does not read. */
export function invalidDuration(text: string): string {
  const units = 'NANOSECONDS, MICROSECONDS, MILLISECONDS, SECONDS, MINUTES, HOURS, DAYS';
  return `Invalid duration: ${text} Accepted units:[${units}] where case matters and only non-negative values.`;
}

/** `16MiB`, `512KiB`, `1GiB` → bytes. */
export function parseSizeBytes(text: string): number | null {
  return quantity(text, BYTES_PER);
}

/** `64MiB/s` → bytes a second. */
export function parseRateBytesPerSecond(text: string): number | null {
  return text.endsWith('/s') ? quantity(text.slice(0, -2), BYTES_PER) : null;
}
