import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CqlError } from '../../errors/index.ts';
import {
  type CqlType,
  type CqlValue,
  compareValues,
  constantBytes,
  decodeValue,
  encodeValue,
  list,
  map,
  type NativeKind,
  native,
  set,
  tuple,
  validateValue,
  valueFromText,
  valueText,
  vector,
} from '../index.ts';
import { civilFromDays, daysFromCivil } from './calendar.ts';
import { decodeUnsignedVint, decodeVint, encodeUnsignedVint, encodeVint } from './vint.ts';

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const text = fc.string({ unit: 'grapheme' });
const sign = fc.constantFrom(1, -1);

/** Values of each native type; empty has none but the empty one. */
const VALUES: Readonly<Record<Exclude<NativeKind, 'empty'>, fc.Arbitrary<CqlValue>>> = {
  ascii: fc.string({ unit: 'grapheme-ascii' }),
  bigint: long,
  blob: fc.uint8Array(),
  boolean: fc.boolean(),
  counter: long,
  date: int32,
  decimal: fc.record({ unscaled: fc.bigInt(), scale: fc.integer({ min: -400, max: 400 }) }),
  double: fc.double(),
  duration: fc
    .record({ s: sign, months: fc.nat(), days: fc.nat(), nanos: fc.bigInt({ min: 0n, max: 2n ** 62n }) })
    .map(({ s, months, days, nanos }) => ({ months: s * months + 0, days: s * days + 0, nanos: BigInt(s) * nanos })),
  float: fc.float(),
  inet: fc.oneof(fc.ipV4(), fc.constantFrom('0:0:0:0:0:0:0:1', '2001:db8:0:0:0:0:0:ff')),
  int: int32,
  smallint: fc.integer({ min: -32768, max: 32767 }),
  text,
  time: fc.bigInt({ min: 0n, max: 86_399_999_999_999n }),
  timestamp: long,
  timeuuid: fc.uuid({ version: 1 }),
  tinyint: fc.integer({ min: -128, max: 127 }),
  uuid: fc.uuid(),
  varint: fc.bigInt(),
};

const KINDS = Object.keys(VALUES) as Exclude<NativeKind, 'empty'>[];

/** Whether a timestamp prints with a year that its parser takes back: 0001 to 9999. */
function isFourDigitYear(millis: bigint): boolean {
  return millis >= -62_135_596_800_000n && millis < 253_402_300_800_000n;
}

/** A type of any shape with values that fit it. */
const typed: fc.Arbitrary<readonly [CqlType, CqlValue]> = fc
  .letrec<{ type: readonly [CqlType, fc.Arbitrary<CqlValue>] }>((tie) => ({
    type: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(...KINDS).map((kind) => [native(kind), VALUES[kind]] as const),
      tie('type').map(([type, value]) => [list(type, true), fc.array(value, { maxLength: 4 })] as const),
      tie('type').map(([type, value]) => [vector(type, 3), fc.tuple(value, value, value)] as const),
      fc
        .tuple(tie('type'), tie('type'))
        .map(([[left, a], [right, b]]) => [tuple([left, right]), fc.tuple(fc.option(a), fc.option(b))] as const),
    ),
  }))
  .type.chain(([type, value]) => value.map((one) => [type, one] as const));

describe('every value of every type', () => {
  test('comes back from its bytes, which are valid and equal to themselves', () => {
    fc.assert(
      fc.property(typed, ([type, value]) => {
        const bytes = encodeValue(type, value) as Uint8Array;
        validateValue(type, bytes);
        expect(decodeValue(type, bytes)).toEqual(value);
        expect(compareValues(type, bytes, bytes)).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  test('of a native type comes back from its text', () => {
    for (const kind of KINDS) {
      // A counter prints as bytes, and a duration of nothing as nothing.
      if (kind === 'counter' || kind === 'duration') continue;
      const type = native(kind);
      fc.assert(
        fc.property(VALUES[kind], (value) => {
          fc.pre(kind !== 'timestamp' || isFourDigitYear(value as bigint));
          const bytes = encodeValue(type, value) as Uint8Array;
          expect(valueFromText(type, valueText(type, bytes))).toEqual(bytes);
        }),
        { numRuns: 100 },
      );
    }
  });

  test('sorts in an order that is antisymmetric and transitive', () => {
    for (const kind of KINDS) {
      const type = native(kind);
      const bytes = VALUES[kind].map((value) => encodeValue(type, value) as Uint8Array);
      fc.assert(
        fc.property(bytes, bytes, bytes, (a, b, c) => {
          const order = (left: Uint8Array, right: Uint8Array): number => Math.sign(compareValues(type, left, right));
          expect(order(a, b) + order(b, a)).toBe(0);
          if (order(a, b) <= 0 && order(b, c) <= 0) expect(order(a, c)).toBeLessThanOrEqual(0);
        }),
        { numRuns: 100 },
      );
    }
  });
});

describe('sets and maps', () => {
  test('are stored in the order of their elements and keys', () => {
    const type = set(native('int'));
    expect(decodeValue(type, encodeValue(type, [3, -1, 2]))).toEqual([-1, 2, 3]);
    const pairs = map(native('text'), native('int'));
    expect(
      decodeValue(
        pairs,
        encodeValue(pairs, [
          ['b', 1],
          ['a', 2],
        ]),
      ),
    ).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });
});

describe('bytes that nobody wrote', () => {
  test('are refused as an invalid request or accepted, never anything else', () => {
    const type = typed.map(([one]) => one);
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 40 }), (one, bytes) => {
        try {
          validateValue(one, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CqlError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('constants', () => {
  test('that do not fit are refused with the receiver in the message', () => {
    expect(() => constantBytes('STRING', 'abc', native('int'), 'k')).toThrow(
      'Invalid STRING constant (abc) for "k" of type int',
    );
    expect(() => constantBytes('INTEGER', '300', native('tinyint'), 'q')).toThrow("Unable to make byte from '300'");
    expect(() => constantBytes('INTEGER', '1', vector(native('float'), 3), 've')).toThrow(
      'Invalid INTEGER constant (1) for "ve" of type vector<float, 3>',
    );
  });
});

describe('variable-length integers', () => {
  test('come back whole, in the fewest bytes', () => {
    fc.assert(
      fc.property(long, (value) => {
        expect(decodeVint(encodeVint(value), 0)?.value).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const bytes = encodeUnsignedVint(value);
        expect(decodeUnsignedVint(bytes, 0)).toEqual({ value, end: bytes.length });
        expect(decodeUnsignedVint(bytes.subarray(0, -1), 0)).toBe(null);
      }),
    );
    expect(
      [127n, 128n, 2n ** 14n - 1n, 2n ** 14n, 2n ** 56n - 1n, 2n ** 56n].map((n) => encodeUnsignedVint(n).length),
    ).toEqual([1, 2, 2, 3, 8, 9]);
  });
});

describe('the calendar', () => {
  test('agrees with JavaScript where it reaches, and comes back beyond', () => {
    fc.assert(
      fc.property(fc.integer({ min: -50_000_000, max: 50_000_000 }), (days) => {
        const date = new Date(days * 86_400_000);
        const expected = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
        expect(civilFromDays(days)).toEqual(expected);
      }),
    );
    fc.assert(
      fc.property(int32, (days) => {
        expect(daysFromCivil(civilFromDays(days))).toBe(days);
      }),
    );
  });
});

describe('a float literal', () => {
  const exact = (value: number): string => {
    // Below 2^13 with at most 50 binary places: all decimal places are there.
    const text = value.toFixed(100).replace(/0+$/, '');
    return text.endsWith('.') ? `${text}0` : text;
  };
  const parsed = (text: string) => decodeValue(native('float'), constantBytes('FLOAT', text, native('float'), 'v'));

  test('is the float nearest to its text, also beside the middle of two floats', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x3000_0000, max: 0x4600_0000 }), fc.boolean(), (bits, negative) => {
        const view = new DataView(new ArrayBuffer(8));
        view.setUint32(0, bits);
        view.setUint32(4, bits + 1);
        const [low, high] = [view.getFloat32(0), view.getFloat32(4)];
        const middle = exact((low + high) / 2);
        const sign = negative ? '-' : '';
        const [smaller, larger] = negative ? [-low, -high] : [low, high];
        expect(parsed(`${sign}${middle}`)).toBe(bits % 2 === 0 ? smaller : larger);
        expect(parsed(`${sign}${middle}0000000000000000000001`)).toBe(larger);
        expect(parsed(`${sign}${middle}${'0'.repeat(10_000)}1`)).toBe(larger);
        const below = middle.replace(/[1-9]$/, (digit) => `${Number(digit) - 1}9999999999999999999999`);
        expect(parsed(`${sign}${below}`)).toBe(smaller);
      }),
    );
  });

  test.each([
    ['340282356779733661637539395458142568448', Number.POSITIVE_INFINITY],
    ['3.40282356779733661637539395458142568447999e38', 3.4028234663852886e38],
    ['7.006492321624085e-46', 0],
    ['7.00649232162408613e-46', 1.401298464324817e-45],
    ['-0.0', -0],
  ])('%s is %d', (text, value) => {
    expect(parsed(text)).toBe(value);
  });
});
