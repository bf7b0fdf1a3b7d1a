import type { ScalarFunction } from '../analyser/functions.ts';
import { type CqlValue, encodeValue, type NativeKind, native, uuidText } from '../types/index.ts';
import { MILLIS_PER_DAY } from '../types/values/calendar.ts';
import { type Clock, scalar, valueFunction } from './definition.ts';
import {
  dateOfTimestamp,
  maxTimeuuid,
  minTimeuuid,
  ticksOfMillis,
  timestampOfDate,
  timestampOfTimeuuid,
  timeuuidOf,
} from './time-conversions.ts';

/** The ticks given last, so that two now() of one millisecond differ and stay in order. */
let lastTicks = 0n;
/** Clock sequence and node of this process's UUIDs: random, with the variant and the multicast bit that RFC 4122 asks for. */
const LOWER_HALF = randomLowerHalf();

function randomLowerHalf(): bigint {
  const random = crypto.getRandomValues(new BigUint64Array(1))[0] as bigint;
  return (random & 0x3fff_ffff_ffff_ffffn) | 0x8000_0100_0000_0000n;
}

/** A new version 1 UUID for the time. */
export function newTimeuuid(clock: Clock): Uint8Array {
  const ticks = ticksOfMillis(clock.now());
  lastTicks = ticks > lastTicks ? ticks : lastTicks + 1n;
  return timeuuidOf(lastTicks, LOWER_HALF);
}

/** A new version 4 UUID. */
export function newRandomUuid(): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes;
}

function generated(names: readonly string[], kind: NativeKind, make: (clock: Clock) => Uint8Array): ScalarFunction[] {
  return names.map((name) => scalar(name, [], native(kind), (_args, clock) => make(clock), { pure: false }));
}

const value = (kind: NativeKind, of: CqlValue): Uint8Array => encodeValue(native(kind), of) as Uint8Array;
const NANOS_PER_MILLI = 1_000_000n;

const GENERATED: readonly ScalarFunction[] = [
  ...generated(['uuid'], 'uuid', newRandomUuid),
  ...generated(['now', 'current_timeuuid', 'currenttimeuuid'], 'timeuuid', newTimeuuid),
  ...generated(['current_timestamp', 'currenttimestamp'], 'timestamp', (clock) =>
    value('timestamp', BigInt(clock.now())),
  ),
  ...generated(['current_date', 'currentdate'], 'date', (clock) => value('date', dateOfTimestamp(BigInt(clock.now())))),
  ...generated(['current_time', 'currenttime'], 'time', (clock) =>
    value('time', BigInt(clock.now() % MILLIS_PER_DAY) * NANOS_PER_MILLI),
  ),
];

/** Each conversion under its name of today and the one it had before. */
function both(
  names: readonly string[],
  from: NativeKind,
  to: NativeKind,
  apply: (value: never) => CqlValue,
): ScalarFunction[] {
  return names.map((name) => valueFunction(name, [native(from)], native(to), apply));
}

const TO_DATE = ['to_date', 'todate'];
const TO_TIMESTAMP = ['to_timestamp', 'totimestamp'];
const TO_UNIX = ['to_unix_timestamp', 'tounixtimestamp'];

const CONVERSIONS: readonly ScalarFunction[] = [
  ...both(['min_timeuuid', 'mintimeuuid'], 'timestamp', 'timeuuid', (millis: bigint) => uuidText(minTimeuuid(millis))),
  ...both(['max_timeuuid', 'maxtimeuuid'], 'timestamp', 'timeuuid', (millis: bigint) => uuidText(maxTimeuuid(millis))),
  ...both(TO_DATE, 'timeuuid', 'date', (uuid: string) => dateOfTimestamp(timestampOfTimeuuid(uuid))),
  ...both(TO_DATE, 'timestamp', 'date', dateOfTimestamp),
  ...both(TO_TIMESTAMP, 'timeuuid', 'timestamp', timestampOfTimeuuid),
  ...both(TO_TIMESTAMP, 'date', 'timestamp', timestampOfDate),
  ...both(TO_UNIX, 'timeuuid', 'bigint', timestampOfTimeuuid),
  ...both(TO_UNIX, 'timestamp', 'bigint', (millis: bigint) => millis),
  ...both(TO_UNIX, 'date', 'bigint', timestampOfDate),
];

export const TIME_FUNCTIONS: readonly ScalarFunction[] = [...GENERATED, ...CONVERSIONS];
