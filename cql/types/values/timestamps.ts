import { compareNumbers, EMPTY_BYTES, viewOf } from './bytes.ts';
import { civilFromDays, daysFromCivil, daysInMonth, isoDateText, MILLIS_PER_DAY, pad2 } from './calendar.ts';
import { marshalError, type NowMillis, type ValueCodec } from './codec.ts';
import { parseBounded } from './integers.ts';
import { parseZone } from './time-zone.ts';

/** `y-M-d` with `T` or a blank, `H:m[:s[.fraction]]` and a zone, each number of any width. */
const DATE_TIME = /^(\d{1,9})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{0,9}))?)?(?: ?(.+))?$/;
/** `uuuu-MM-dd` and a zone. */
const DATE_ONLY = /^(\d{4}|-\d{4,9}|\+\d{5,9})-(\d{2})-(\d{2})(?: ?([+A-Za-z-].*))?$/;
const MAX_MILLIS = 2n ** 63n - 1n;

interface LocalMoment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly millisOfDay: number;
  readonly zone: string | undefined;
}

/** Milliseconds since the epoch of a timestamp literal without 'now' and plain numbers; null when no pattern fits. */
export function parseTimestamp(text: string): bigint | null {
  const moment = parseDateTime(text) ?? parseDateOnly(text);
  if (moment === null || moment.month < 1 || moment.month > 12 || moment.day < 1 || moment.day > 31) return null;
  const zone = parseZone(moment.zone ?? 'Z');
  if (zone === null) return null;
  // Java's SMART resolution cuts a day such as February 30 to the month's last.
  const day = Math.min(moment.day, daysInMonth(moment.year, moment.month));
  const days = daysFromCivil({ year: moment.year, month: moment.month, day });
  const local = BigInt(days) * BigInt(MILLIS_PER_DAY) + BigInt(moment.millisOfDay);
  const offset = zone(Number(local));
  if (offset === null) return null;
  const millis = local - BigInt(offset);
  return millis > MAX_MILLIS || millis < -MAX_MILLIS - 1n ? null : millis;
}

function parseDateTime(text: string): LocalMoment | null {
  const match = DATE_TIME.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((group) => Number(match[group] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const millis = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const endOfDay = hour === 24 && minute === 0 && second === 0 && millis === 0;
  if (year === 0 || (hour > 23 && !endOfDay) || minute > 59 || second > 59) return null;
  const millisOfDay = ((hour * 60 + minute) * 60 + second) * 1000 + millis;
  return { year, month, day, millisOfDay, zone: match[8] };
}

function parseDateOnly(text: string): LocalMoment | null {
  const match = DATE_ONLY.exec(text);
  if (match === null) return null;
  return { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]), millisOfDay: 0, zone: match[4] };
}

/** `yyyy-MM-dd'T'HH:mm:ss.SSS'Z'` with the year of the era, as Cassandra prints timestamps in UTC. */
export function timestampText(millis: bigint): string {
  const perDay = BigInt(MILLIS_PER_DAY);
  const millisOfDay = ((millis % perDay) + perDay) % perDay;
  const date = civilFromDays(Number((millis - millisOfDay) / perDay));
  const year = date.year > 0 ? date.year : 1 - date.year;
  const rest = Number(millisOfDay);
  const clock = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60, Math.floor(rest / 1000) % 60];
  const fraction = (rest % 1000).toString().padStart(3, '0');
  return `${isoDateText({ ...date, year })}T${clock.map(pad2).join(':')}.${fraction}Z`;
}

export function encodeTimestamp(millis: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigInt64(0, millis);
  return bytes;
}

function fromText(text: string, now: NowMillis): Uint8Array {
  if (text === '') return EMPTY_BYTES;
  if (text.toLowerCase() === 'now') return encodeTimestamp(BigInt(now()));
  if (/^-?\d+$/.test(text)) {
    const millis = parseBounded(text, 64);
    if (millis === null) throw marshalError(`Unable to make long (for date) from: '${text}'`);
    return encodeTimestamp(millis);
  }
  const millis = parseTimestamp(text);
  if (millis === null) throw marshalError(`Unable to parse a date/time from '${text}'`);
  return encodeTimestamp(millis);
}

/** `timestamp`: milliseconds since the epoch. */
export const timestampCodec: ValueCodec<bigint> = {
  quoted: true,
  validate(bytes) {
    if (bytes.length === 8 || bytes.length === 0) return;
    throw marshalError(`Expected 8 or 0 byte long for date (${bytes.length})`);
  },
  fromText,
  toText: (bytes) => timestampText(viewOf(bytes).getBigInt64(0)),
  decode: (bytes) => (bytes.length === 0 ? null : viewOf(bytes).getBigInt64(0)),
  encode: encodeTimestamp,
  compare(left, right) {
    if (left.length === 0 || right.length === 0) return Math.sign(left.length - right.length);
    return compareNumbers(viewOf(left).getBigInt64(0), viewOf(right).getBigInt64(0));
  },
};
