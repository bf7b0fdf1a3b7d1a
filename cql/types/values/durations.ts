import { compareBytes, concatBytes, EMPTY_BYTES } from './bytes.ts';
import { marshalError, type ValueCodec } from './codec.ts';
import { decodeVint, encodeVint } from './vint.ts';

/** All parts have the same sign, or are zero. */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly nanos: bigint;
}

type Field = 'months' | 'days' | 'nanos';

interface Unit {
  readonly name: string;
  readonly field: Field;
  readonly factor: bigint;
}

const unit = (name: string, field: Field, factor: bigint): Unit => ({ name, field, factor });

const NANOS_PER_HOUR = 3_600_000_000_000n;
const NANOS_PER_MINUTE = 60_000_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;

/** In the order in which they must be written. */
const UNITS: readonly Unit[] = [
  unit('years', 'months', 12n),
  unit('months', 'months', 1n),
  unit('weeks', 'days', 7n),
  unit('days', 'days', 1n),
  unit('hours', 'nanos', NANOS_PER_HOUR),
  unit('minutes', 'nanos', NANOS_PER_MINUTE),
  unit('seconds', 'nanos', NANOS_PER_SECOND),
  unit('milliseconds', 'nanos', 1_000_000n),
  unit('microseconds', 'nanos', 1000n),
  unit('nanoseconds', 'nanos', 1n),
];

const SYMBOLS: ReadonlyMap<string, number> = new Map([
  ['y', 0],
  ['mo', 1],
  ['w', 2],
  ['d', 3],
  ['h', 4],
  ['m', 5],
  ['s', 6],
  ['ms', 7],
  ['us', 8],
  ['µs', 8],
  ['ns', 9],
]);

const MAX_INT = 2n ** 31n - 1n;
const MAX_LONG = 2n ** 63n - 1n;
const LIMITS: Readonly<Record<Field, bigint>> = { months: MAX_INT, days: MAX_INT, nanos: MAX_LONG };

const STANDARD_PART = /(\d+)(mo|ms|us|µs|ns|y|w|d|h|s|m)/giy;
const ISO = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const ISO_WEEKS = /^P(\d+)W$/;
const ISO_ALTERNATIVE = /^P(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$/;

/** Sums parts under Cassandra's rules: each unit once, from large to small, no overflow. */
class DurationBuilder {
  private readonly sums: Record<Field, bigint> = { months: 0n, days: 0n, nanos: 0n };
  private lastUnit = -1;

  add(unitIndex: number, amount: bigint): this {
    const { name, field, factor } = UNITS[unitIndex] as Unit;
    if (unitIndex === this.lastUnit) {
      throw marshalError(`Invalid duration. The ${name} are specified multiple times`);
    }
    if (unitIndex < this.lastUnit) {
      const last = (UNITS[this.lastUnit] as Unit).name;
      throw marshalError(`Invalid duration. The ${last} should be after ${name}`);
    }
    this.lastUnit = unitIndex;
    if (amount > (LIMITS[field] - this.sums[field]) / factor) {
      throw marshalError(
        `Invalid duration. The total number of ${field === 'nanos' ? 'nanoseconds' : field} must be less or equal to ${MAX_INT}`,
      );
    }
    this.sums[field] += amount * factor;
    return this;
  }

  build(negative: boolean): Duration {
    const { months, days, nanos } = this.sums;
    if (!negative) return { months: Number(months), days: Number(days), nanos };
    return { months: -Number(months), days: -Number(days), nanos: -nanos };
  }
}

/** A duration of any of the four notations; throws Cassandra's words. */
export function parseDuration(text: string): Duration {
  const negative = text.startsWith('-');
  const source = negative ? text.slice(1) : text;
  const builder = new DurationBuilder();
  if (source.startsWith('P')) {
    if (source.endsWith('W')) addGroups(builder, ISO_WEEKS, [2], source);
    else addGroups(builder, source.includes('-') ? ISO_ALTERNATIVE : ISO, [0, 1, 3, 4, 5, 6], source);
  } else {
    addStandard(builder, source);
  }
  return builder.build(negative);
}

function addGroups(builder: DurationBuilder, pattern: RegExp, units: readonly number[], source: string): void {
  const match = pattern.exec(source);
  if (match === null) throw marshalError(`Unable to convert '${source}' to a duration`);
  for (const [i, unitIndex] of units.entries()) {
    const amount = match[i + 1];
    if (amount !== undefined) builder.add(unitIndex, BigInt(amount));
  }
}

function addStandard(builder: DurationBuilder, source: string): void {
  STANDARD_PART.lastIndex = 0;
  const parts: [number, bigint][] = [];
  let end = 0;
  for (let match = STANDARD_PART.exec(source); match !== null; match = STANDARD_PART.exec(source)) {
    parts.push([SYMBOLS.get((match[2] as string).toLowerCase()) as number, BigInt(match[1] as string)]);
    end = STANDARD_PART.lastIndex;
  }
  if (parts.length === 0 || end !== source.length) throw marshalError(`Unable to convert '${source}' to a duration`);
  for (const [unitIndex, amount] of parts) builder.add(unitIndex, amount);
}

export function durationText({ months, days, nanos }: Duration): string {
  const negative = months < 0 || days < 0 || nanos < 0n;
  let text = negative ? '-' : '';
  const append = (rest: bigint, steps: readonly (readonly [bigint, string])[]): void => {
    let left = rest < 0n ? -rest : rest;
    for (const [size, symbol] of steps) {
      if (left >= size) text += `${left / size}${symbol}`;
      left %= size;
    }
  };
  append(BigInt(months), [
    [12n, 'y'],
    [1n, 'mo'],
  ]);
  append(BigInt(days), [[1n, 'd']]);
  append(nanos, [
    [NANOS_PER_HOUR, 'h'],
    [NANOS_PER_MINUTE, 'm'],
    [NANOS_PER_SECOND, 's'],
    [1_000_000n, 'ms'],
    [1000n, 'us'],
    [1n, 'ns'],
  ]);
  return text;
}

interface RawDuration {
  readonly months: bigint;
  readonly days: bigint;
  readonly nanos: bigint;
}

function read(bytes: Uint8Array): RawDuration | null {
  const months = decodeVint(bytes, 0);
  const days = months && decodeVint(bytes, months.end);
  const nanos = days && decodeVint(bytes, days.end);
  return nanos && { months: months.value, days: days.value, nanos: nanos.value };
}

function validate(bytes: Uint8Array): void {
  if (bytes.length < 3) throw marshalError(`Expected at least 3 bytes for a duration (${bytes.length})`);
  const raw = read(bytes);
  if (raw === null) throw marshalError('Invalid duration: the value ends too early');
  const { months, days, nanos } = raw;
  if (BigInt.asIntN(32, months) !== months)
    throw marshalError(`The duration months must be a 32 bits integer but was: ${months}`);
  if (BigInt.asIntN(32, days) !== days)
    throw marshalError(`The duration days must be a 32 bits integer but was: ${days}`);
  const positive = months >= 0n && days >= 0n && nanos >= 0n;
  const negative = months <= 0n && days <= 0n && nanos <= 0n;
  if (!positive && !negative) {
    throw marshalError(
      `The duration months, days and nanoseconds must be all of the same sign (${months}, ${days}, ${nanos})`,
    );
  }
}

function decode(bytes: Uint8Array): Duration {
  const { months, days, nanos } = read(bytes) as RawDuration;
  return { months: Number(months), days: Number(days), nanos };
}

function encode({ months, days, nanos }: Duration): Uint8Array {
  return concatBytes([encodeVint(BigInt(months)), encodeVint(BigInt(days)), encodeVint(nanos)]);
}

export const durationCodec: ValueCodec<Duration> = {
  quoted: false,
  validate,
  fromText: (text) => (text === '' ? EMPTY_BYTES : encode(parseDuration(text))),
  toText: (bytes) => durationText(decode(bytes)),
  decode,
  encode,
  compare: compareBytes,
};
