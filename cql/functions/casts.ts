import type { ScalarFunction } from '../analyser/functions.ts';
import { type CqlType, type CqlValue, NATIVE_KINDS, type NativeKind, native, valueText } from '../types/index.ts';
import { encodeValue } from '../types/values/value.ts';
import { valueFunction } from './definition.ts';
import { convertNumber, NUMERIC_KINDS } from './numbers.ts';
import { dateOfTimestamp, timestampOfDate, timestampOfTimeuuid } from './time-conversions.ts';

function cast(from: NativeKind, to: NativeKind, apply: (value: CqlValue) => CqlValue): ScalarFunction {
  return valueFunction(`cast_as_${to}`, [native(from)], native(to), apply, ([name]) => `cast(${name} as ${to})`);
}

/** Between numeric types, except to counter. */
const NUMERIC: readonly ScalarFunction[] = NUMERIC_KINDS.filter((to) => to !== 'counter').flatMap((to) =>
  NUMERIC_KINDS.filter((from) => from !== to).map((from) => cast(from, to, (value) => convertNumber(from, to, value))),
);

function printed(from: NativeKind): (value: CqlValue) => CqlValue {
  const type: CqlType = native(from === 'counter' ? 'bigint' : from);
  return (value) => valueText(type, encodeValue(type, value));
}

const TO_TEXT: readonly ScalarFunction[] = NATIVE_KINDS.filter(
  (kind) => !['text', 'ascii', 'blob', 'duration', 'empty'].includes(kind),
).flatMap((kind) => [cast(kind, 'text', printed(kind)), cast(kind, 'ascii', printed(kind))]);

const TIME: readonly ScalarFunction[] = [
  cast('timeuuid', 'date', (value) => dateOfTimestamp(timestampOfTimeuuid(value as string))),
  cast('timestamp', 'date', (value) => dateOfTimestamp(value as bigint)),
  cast('timeuuid', 'timestamp', (value) => timestampOfTimeuuid(value as string)),
  cast('date', 'timestamp', (value) => timestampOfDate(value as number)),
];

/** CAST(… AS …) between types that differ; a cast to the same type is the value itself. */
export const CASTS: readonly ScalarFunction[] = [
  ...NUMERIC,
  cast('ascii', 'text', (value) => value),
  ...TO_TEXT,
  ...TIME,
];

/** The cast of a type to itself, null for types that cannot be cast at all. */
export function identityCast(kind: NativeKind): ScalarFunction {
  return cast(kind, kind, (value) => value);
}
