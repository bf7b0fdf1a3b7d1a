import type { ScalarFunction } from '../analyser/functions.ts';
import { invalidRequest } from '../errors/index.ts';
import { type Duration, durationText, type NativeKind, native } from '../types/index.ts';
import {
  type CivilDate,
  civilFromDays,
  daysFromCivil,
  MILLIS_PER_DAY,
  NANOS_PER_DAY,
  plusMonths,
} from '../types/values/calendar.ts';
import { valueFunction } from './definition.ts';
import { dateOfTimestamp, timestampOfDate, timestampOfTimeuuid } from './time-conversions.ts';

const PER_DAY = BigInt(MILLIS_PER_DAY);
const NANOS_PER_MILLI = 1_000_000n;
/** Steps back from the first guess: months of eight thousand years, and an end to what one row may cost. */
const MAX_STEPS = 100_000;

function refuseNegative({ months, days, nanos }: Duration): void {
  if (months < 0 || days < 0 || nanos < 0n) {
    throw invalidRequest('Negative durations are not supported by the floor function');
  }
}

/** The last start of a period, counted from `start`, that is not after the time; all in milliseconds. */
export function floorTimestamp(millis: bigint, duration: Duration, start: bigint): bigint {
  if (start > millis) throw invalidRequest('The floor function starting time is greater than the provided time');
  refuseNegative(duration);
  const fixed = BigInt(duration.days) * PER_DAY + duration.nanos / NANOS_PER_MILLI;
  if (duration.months > 0) return floorByCalendar(millis, duration.months, fixed, start);
  return fixed === 0n ? millis : millis - ((millis - start) % fixed);
}

/**
 * Periods with months, as Cassandra counts them: the number of periods is guessed from the calendar's months alone,
 * then lessened until days and time fit too. A day that a month on the way does not have is cut for good, and months
 * without days or time are not looked at again: the floor by months from the 31st may lie after the time.
 */
function floorByCalendar(millis: bigint, months: number, fixed: bigint, start: bigint): bigint {
  const startDay = dateOfTimestamp(start);
  const timeOfDay = start - timestampOfDate(startDay);
  const from = civilFromDays(startDay);
  let count = Math.trunc(monthsBetween(from, civilFromDays(dateOfTimestamp(millis))) / months);
  let date = plusMonths(from, count * months);
  const floor = (): bigint => timestampOfDate(daysFromCivil(date)) + timeOfDay + BigInt(count) * fixed;
  if (fixed === 0n) return floor();
  for (let steps = 0; floor() > millis; steps++) {
    if (steps === MAX_STEPS) throw invalidRequest('The floor of a time so far from its start cannot be computed');
    count--;
    date = plusMonths(date, -months);
  }
  const found = floor();
  return found > start ? found : start;
}

function monthsBetween(from: CivilDate, to: CivilDate): number {
  return (to.year - from.year) * 12 + (to.month - from.month);
}

function floorOfTimestamp(millis: bigint, duration: Duration, start = 0n): bigint {
  if (duration.nanos % NANOS_PER_MILLI !== 0n) {
    const text = durationText(duration);
    throw invalidRequest(`The floor cannot be computed for the ${text} duration as precision is below 1 millisecond`);
  }
  return floorTimestamp(millis, duration, start);
}

function floorOfDate(days: number, duration: Duration, start = 0): number {
  if (duration.nanos !== 0n) {
    throw invalidRequest(
      `The floor on date values cannot be computed for the ${durationText(duration)} duration as precision is below 1 day`,
    );
  }
  return dateOfTimestamp(floorTimestamp(timestampOfDate(days), duration, timestampOfDate(start)));
}

function floorOfTime(nanos: bigint, duration: Duration): bigint {
  refuseNegative(duration);
  if (duration.months !== 0 || duration.days !== 0 || duration.nanos > NANOS_PER_DAY) {
    throw invalidRequest('For time values, the floor can only be computed for durations smaller that a day');
  }
  return duration.nanos === 0n ? nanos : nanos - (nanos % duration.nanos);
}

const floorOfTimeuuid = (uuid: string, duration: Duration, start?: bigint): bigint =>
  floorOfTimestamp(timestampOfTimeuuid(uuid), duration, start);

const floor = (kinds: readonly NativeKind[], result: NativeKind, apply: Parameters<typeof valueFunction>[3]) =>
  valueFunction('floor', kinds.map(native), native(result), apply);

/** `floor(time, duration[, start])`: the start of the period that the time lies in. */
export const FLOOR_FUNCTIONS: readonly ScalarFunction[] = [
  floor(['date', 'duration'], 'date', floorOfDate),
  floor(['time', 'duration'], 'time', floorOfTime),
  floor(['timeuuid', 'duration'], 'timestamp', floorOfTimeuuid),
  floor(['timeuuid', 'duration', 'timestamp'], 'timestamp', floorOfTimeuuid),
  floor(['date', 'duration', 'date'], 'date', floorOfDate),
  floor(['timestamp', 'duration'], 'timestamp', floorOfTimestamp),
  floor(['timestamp', 'duration', 'timestamp'], 'timestamp', floorOfTimestamp),
];
