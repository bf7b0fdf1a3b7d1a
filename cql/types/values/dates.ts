import { compareBytes, viewOf } from './bytes.ts';
import { civilFromDays, daysFromCivil, daysInMonth, isoDateText } from './calendar.ts';
import { marshalError, type ValueCodec } from './codec.ts';

/** The stored u32 of 1970-01-01: dates before it are smaller, so that unsigned bytes sort by time. */
const EPOCH_OFFSET = 2 ** 31;
const MAX_UNSIGNED = 2n ** 32n - 1n;
const ISO_DATE = /^(?:(\d{4})|([+-])(\d{4,10}))-(\d{2})-(\d{2})$/;
const MIN_DATE = '-5877641-06-23T00:00Z';
const MAX_DATE = '+5881580-07-11T00:00Z';

/** Days since the epoch of an ISO date, null for other text or a day that no month has. */
export function parseIsoDate(text: string): number | null {
  const match = ISO_DATE.exec(text);
  if (match === null) return null;
  const [, plain, sign, signed = '', month, day] = match;
  // A plus is only for years beyond four digits, as ISO_LOCAL_DATE has it.
  if (sign === '+' && signed.length === 4) return null;
  if (signed.length > 4 && signed.startsWith('0')) return null;
  const year = plain === undefined ? Number(`${sign}${signed}`) : Number(plain);
  const date = { year, month: Number(month), day: Number(day) };
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > daysInMonth(year, date.month)) return null;
  return daysFromCivil(date);
}

export function encodeDate(days: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, days + EPOCH_OFFSET);
  return bytes;
}

function decode(bytes: Uint8Array): number {
  return viewOf(bytes).getUint32(0) - EPOCH_OFFSET;
}

function fromText(text: string): Uint8Array {
  if (/^-?\d+$/.test(text)) {
    const raw = BigInt(text);
    if (raw < 0n || raw > MAX_UNSIGNED) {
      throw marshalError(`Unable to make unsigned int (for date) from: '${text}'`);
    }
    return encodeDate(Number(raw) - EPOCH_OFFSET);
  }
  const days = parseIsoDate(text);
  if (days === null) throw marshalError(`Unable to coerce '${text}' to a formatted date (long)`);
  if (days < -EPOCH_OFFSET) throw marshalError(`Input date ${text} is less than min supported date ${MIN_DATE}`);
  if (days >= EPOCH_OFFSET) throw marshalError(`Input date ${text} is greater than max supported date ${MAX_DATE}`);
  return encodeDate(days);
}

/** `date`: days since 1970-01-01 as a number. */
export const dateCodec: ValueCodec<number> = {
  quoted: true,
  validate(bytes) {
    if (bytes.length !== 4) throw marshalError(`Expected 4 byte long for date (${bytes.length})`);
  },
  fromText,
  toText: (bytes) => isoDateText(civilFromDays(decode(bytes))),
  decode,
  encode: encodeDate,
  compare: compareBytes,
};
