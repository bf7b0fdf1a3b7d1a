import type { Decimal } from './decimal.ts';
import type { Duration } from './durations.ts';

/**
 * A value in JavaScript: text, ascii, uuid, timeuuid, inet as strings; int, smallint, tinyint, float, double, date (days)
 * as numbers; bigint, counter, varint, time (ns), timestamp (ms) as bigints; lists, sets, vectors, tuples and user types
 * as arrays in stored order, maps as arrays of pairs.
 */
export type CqlValue =
  | null
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | Decimal
  | Duration
  | readonly CqlValue[];
