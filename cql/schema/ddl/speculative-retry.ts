import { configurationError } from '../../errors/index.ts';

/** Cassandra reports additional_write_policy under this name too. */
const OPTION = 'speculative_retry';
const PERCENTILE = /^([0-9.]+)p(?:ercentile)?$/i;
const FIXED = /^([0-9.]+)ms$/i;
const HYBRID = /^(MIN|MAX)\(([0-9.]+[a-z]+)\s*,\s*([0-9.]+[a-z]+)\)$/i;

/** A speculative retry policy as Cassandra prints it: `99p`, `50ms`, `ALWAYS`, `NEVER`, `MIN(99p,50ms)`. */
export function parseSpeculativeRetry(text: string): string {
  const upper = text.toUpperCase();
  if (upper === 'ALWAYS') return 'ALWAYS';
  if (upper === 'NEVER' || upper === 'NONE') return 'NEVER';
  const hybrid = HYBRID.exec(text);
  if (hybrid === null) return parseSimple(text);
  const [, name = '', left = '', right = ''] = hybrid;
  if (PERCENTILE.test(left) === PERCENTILE.test(right)) throw invalid(text);
  return `${name.toUpperCase()}(${parseSimple(left)},${parseSimple(right)})`;
}

function parseSimple(text: string): string {
  const fixed = FIXED.exec(text)?.[1];
  if (fixed !== undefined) {
    if (Number.isNaN(Number(fixed))) throw invalid(text);
    return `${Math.trunc(Number(fixed))}ms`;
  }
  const percentile = PERCENTILE.exec(text)?.[1];
  if (percentile === undefined || Number.isNaN(Number(percentile))) throw invalid(text);
  const value = Number(percentile);
  if (value <= 0 || value >= 100) {
    throw configurationError(
      `Invalid value ${text} for PERCENTILE option '${OPTION}': must be between (0.0 and 100.0)`,
    );
  }
  return `${Number(value.toFixed(4))}p`;
}

function invalid(text: string): Error {
  return configurationError(`Invalid value ${text} for option '${OPTION}'`);
}
