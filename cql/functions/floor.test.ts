import { describe, expect, test } from 'vitest';
import type { FunctionArgument, ScalarFunction } from '../analyser/functions.ts';
import { CqlError } from '../errors/index.ts';
import { decodeValue, type NativeKind, native, testAssignment, valueFromText } from '../types/index.ts';
import { NATIVE_FUNCTIONS } from './index.ts';

const SITE = { keyspace: 'k', table: 't', partitionKeyTypes: [], receiverType: null };

/** Calls floor with `kind text` arguments; gives the value, or the words of the error. */
function floor(...args: readonly (readonly [NativeKind, string])[]): unknown {
  const given: FunctionArgument[] = args.map(([kind, text]) => ({
    text,
    exactType: native(kind),
    compatibleType: null,
    arrayLength: null,
    test: (receiver) => testAssignment(native(kind), receiver),
  }));
  try {
    const found = NATIVE_FUNCTIONS.resolve({ keyspace: null, name: 'floor' }, given, SITE) as ScalarFunction;
    const values = args.map(([kind, text]) => valueFromText(native(kind), text));
    return decodeValue(found.returnType, found.execute(values, { now: () => 0 }));
  } catch (error) {
    if (error instanceof CqlError) return error.message;
    throw error;
  }
}

const TIMESTAMP = '2011-02-03T04:05:06Z';
const millis = (text: string): bigint => BigInt(Date.parse(text));
const BELOW_MILLISECOND = (text: string): string =>
  `The floor cannot be computed for the ${text} duration as precision is below 1 millisecond`;

describe('floor gives what Cassandra 5.0.6 gave', () => {
  test.each([
    ['1ms', TIMESTAMP],
    ['0ns', TIMESTAMP],
    ['1h', '2011-02-03T04:00:00Z'],
    ['1d12h', '2011-02-02T12:00:00Z'],
    ['1mo', '2011-02-01T00:00:00Z'],
    ['1y', '2011-01-01T00:00:00Z'],
    ['1mo2d', '2011-01-11T00:00:00Z'],
  ])('for a timestamp by %s', (duration, expected) => {
    expect(floor(['timestamp', TIMESTAMP], ['duration', duration])).toBe(millis(expected));
  });

  test.each([
    ['2w', '2011-01-30T00:00:00Z'],
    ['1mo3d2h', '2011-01-30T22:00:00Z'],
    ['1mo', '2011-02-28T00:00:00Z'],
  ])('for a timestamp by %s from the 31st of January', (duration, expected) => {
    const start = ['timestamp', '2010-01-31T00:00:00Z'] as const;
    expect(floor(['timestamp', TIMESTAMP], ['duration', duration], start)).toBe(millis(expected));
  });

  test('for a timeuuid, whose floor is a timestamp', () => {
    const uuid = ['timeuuid', '50554d6e-29bb-11e5-b345-feff819cdc9f'] as const;
    expect(floor(uuid, ['duration', '1h'])).toBe(millis('2015-07-14T00:00:00Z'));
  });

  test.each([
    ['1w', null, 19_810],
    ['1mo', null, 19_783],
    ['3mo', '2023-01-31', 19_753],
    ['1mo5d', '2023-01-31', 19_811],
  ])('for a date by %s from %s', (duration, start, expected) => {
    const from = start === null ? [] : [['date', start] as const];
    expect(floor(['date', '2024-03-31'], ['duration', duration], ...from)).toBe(expected);
  });

  test.each([
    ['10m', 29_400_000_000_000n],
    ['7ns', 29_533_000_000_000n],
    ['0ns', 29_533_000_000_000n],
  ])('for a time by %s', (duration, expected) => {
    expect(floor(['time', '08:12:13'], ['duration', duration])).toBe(expected);
  });
});

describe('floor refuses in the words of Cassandra 5.0.6', () => {
  test.each([
    ['timestamp', TIMESTAMP, '1us500ns', BELOW_MILLISECOND('1us500ns')],
    ['timestamp', TIMESTAMP, '1500us', BELOW_MILLISECOND('1ms500us')],
    ['timestamp', TIMESTAMP, '-1h', 'Negative durations are not supported by the floor function'],
    ['time', '08:12:13', '25h', 'For time values, the floor can only be computed for durations smaller that a day'],
    ['time', '08:12:13', '1mo', 'For time values, the floor can only be computed for durations smaller that a day'],
    [
      'date',
      '2024-03-31',
      '24h',
      'The floor on date values cannot be computed for the 24h duration as precision is below 1 day',
    ],
  ] as const)('%s %s by %s', (kind, text, duration, message) => {
    expect(floor([kind, text], ['duration', duration])).toBe(message);
  });

  test('a start after the time', () => {
    expect(floor(['date', '2024-03-31'], ['duration', '1d'], ['date', '2025-01-01'])).toBe(
      'The floor function starting time is greater than the provided time',
    );
  });

  test('a time of which nobody could count the months', () => {
    const start = ['timestamp', '-200000000000000000'] as const;
    expect(floor(['timestamp', '200000000000000000'], ['duration', '1mo1000d'], start)).toMatch(/cannot be computed/);
  });
});
