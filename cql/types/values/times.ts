import { compareBytes, viewOf } from './bytes.ts';
import { NANOS_PER_DAY, pad2 } from './calendar.ts';
import { marshalError, type ValueCodec } from './codec.ts';

const TIME = /^\s*\+?(\d+):(\d+):(\d+)(?:\.(\d{1,9}))?\s*$/;
const NANOS_PER_SECOND = 1_000_000_000n;

function parseTime(text: string): bigint | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const [hours, minutes, seconds] = match.slice(1, 4).map(Number) as [number, number, number];
  if (hours >= 24 || minutes >= 60 || seconds >= 60) return null;
  return BigInt(hours * 3600 + minutes * 60 + seconds) * NANOS_PER_SECOND + BigInt((match[4] ?? '').padEnd(9, '0'));
}

export function timeText(nanos: bigint): string {
  const seconds = Number(nanos / NANOS_PER_SECOND);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(pad2).join(':');
  return `${clock}.${(nanos % NANOS_PER_SECOND).toString().padStart(9, '0')}`;
}

function encode(nanos: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigInt64(0, nanos);
  return bytes;
}

/** `time`: nanoseconds since midnight. */
export const timeCodec: ValueCodec<bigint> = {
  quoted: true,
  validate(bytes) {
    if (bytes.length !== 8) throw marshalError(`Expected 8 byte long for time (${bytes.length})`);
  },
  fromText(text) {
    if (/^-?\d+$/.test(text)) {
      const nanos = BigInt(text);
      if (nanos >= 0n && nanos < NANOS_PER_DAY) return encode(nanos);
      throw marshalError(`Unable to make long (for time) from: '${text}'`);
    }
    const nanos = parseTime(text);
    if (nanos === null) throw marshalError(`(TimeType) Unable to coerce '${text}' to a formatted time (long)`);
    return encode(nanos);
  },
  toText: (bytes) => timeText(viewOf(bytes).getBigInt64(0)),
  decode: (bytes) => viewOf(bytes).getBigInt64(0),
  encode,
  compare: compareBytes,
};
