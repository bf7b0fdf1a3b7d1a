import type { BindMarker, Constant, UsingAttributes } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import { type CqlType, native } from '../types/index.ts';
import type { AnalysisContext } from './context.ts';
import type { PreparedTerm } from './prepared-term.ts';

/** USING TIMESTAMP and TTL, prepared. */
export interface PreparedAttributes {
  readonly timestamp: PreparedTerm | null;
  readonly ttl: PreparedTerm | null;
}

export const NO_ATTRIBUTES: PreparedAttributes = { timestamp: null, ttl: null };

/** 20 years: the longest that a TTL may be (`Attributes.MAX_TTL`). */
const MAX_TTL_SECONDS = 20 * 365 * 24 * 60 * 60;

/** `keyspace` and `table` name the markers' receivers; both are `[batch]` for a batch. */
export function prepareAttributes(
  context: AnalysisContext,
  using: UsingAttributes,
  keyspace: string,
  table: string,
): PreparedAttributes {
  const prepare = (term: Constant | BindMarker | null, name: string, type: CqlType): PreparedTerm | null =>
    term === null ? null : context.prepareTerm(term, { keyspace, table, name, type });
  const timestamp = prepare(using.timestamp, '[timestamp]', native('bigint'));
  const ttl = prepare(using.ttl, '[ttl]', native('int'));
  if (ttl?.kind === 'constant') checkTtl(new DataView(ttl.bytes.buffer, ttl.bytes.byteOffset).getInt32(0));
  return { timestamp, ttl };
}

function checkTtl(seconds: number): void {
  if (seconds < 0) throw invalidRequest(`A TTL must be greater or equal to 0, but was ${seconds}`);
  if (seconds > MAX_TTL_SECONDS) {
    throw invalidRequest(`ttl is too large. requested (${seconds}) maximum (${MAX_TTL_SECONDS})`);
  }
}
