import type { AggregateFunction, AggregateState } from '../analyser/functions.ts';
import {
  type CqlType,
  type CqlValue,
  compareValues,
  type Decimal,
  decodeValue,
  encodeValue,
  native,
} from '../types/index.ts';
import { addDecimals, divideHalfUp } from './decimal-math.ts';
import { aggregate, type FunctionFactory, inferType, requireCount, SYSTEM } from './definition.ts';
import { isFloating, NUMERIC_KINDS, type NumericKind, wrapInteger } from './numbers.ts';

const BIGINT = native('bigint');

function counting(counts: (args: readonly (Uint8Array | null)[]) => boolean): () => AggregateState {
  return () => {
    let count = 0n;
    return {
      add(args) {
        if (counts(args)) count++;
      },
      result: () => encodeValue(BIGINT, count),
    };
  };
}

/** count(*) and count(1), whose column is named `count`. */
const COUNT_ROWS = aggregate(
  'countRows',
  [],
  BIGINT,
  counting(() => true),
  () => 'count',
);

const COUNT: FunctionFactory = {
  name: 'count',
  build(args) {
    requireCount('count', args, [1]);
    const type = inferType('count', args[0] as (typeof args)[number], native('blob'));
    return aggregate(
      'count',
      [type],
      BIGINT,
      counting(([value]) => value !== null),
    );
  },
};

/** min and max of any type: the value that sorts first or last. */
function extreme(name: 'min' | 'max', sign: 1 | -1): FunctionFactory {
  return {
    name,
    build(args) {
      requireCount(name, args, [1], 'any');
      const type = inferType(name, args[0] as (typeof args)[number], null, 'any');
      return aggregate(name, [type], type, () => extremeState(type, sign));
    },
  };
}

function extremeState(type: CqlType, sign: 1 | -1): AggregateState {
  // Counters are summed before they come here; as values they compare like bigint.
  const order = type.kind === 'counter' ? BIGINT : type;
  let best: Uint8Array | null = null;
  return {
    add([value]) {
      if (value === null || value === undefined) return;
      if (best === null || sign * compareValues(order, value, best) > 0) best = value;
    },
    result: () => best,
  };
}

/** A running total: exact for integers and decimals, compensated (Kahan) for floats. */
interface Total {
  add(value: CqlValue): void;
  readonly count: bigint;
  sum(): CqlValue;
  average(): CqlValue;
}

function integerTotal(kind: NumericKind): Total {
  let sum = 0n;
  let count = 0n;
  return {
    add(value) {
      sum += BigInt(value as number | bigint);
      count++;
    },
    get count() {
      return count;
    },
    sum: () => wrapInteger(kind, sum),
    average: () => wrapInteger(kind, count === 0n ? 0n : sum / count),
  };
}

function decimalTotal(): Total {
  let sum: Decimal = { unscaled: 0n, scale: 0 };
  let count = 0n;
  return {
    add(value) {
      sum = addDecimals(sum, value as Decimal);
      count++;
    },
    get count() {
      return count;
    },
    sum: () => sum,
    average: () =>
      count === 0n ? { unscaled: 0n, scale: 0 } : { unscaled: divideHalfEven(sum.unscaled, count), scale: sum.scale },
  };
}

function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const up = divideHalfUp(numerator, denominator);
  const tie = (2n * (numerator < 0n ? -numerator : numerator)) % (2n * denominator) === denominator;
  if (!tie || up % 2n === 0n) return up;
  return numerator < 0n ? up + 1n : up - 1n;
}

function floatingTotal(kind: NumericKind): Total {
  let sum = 0;
  let compensation = 0;
  let simple = 0;
  let count = 0n;
  const narrowed = (value: number): number => (kind === 'float' ? Math.fround(value) : value);
  // Infinities make the compensated sum NaN; the plain one is right then.
  const total = (): number => {
    const compensated = sum + compensation;
    return Number.isNaN(compensated) && !Number.isFinite(simple) ? simple : compensated;
  };
  return {
    add(value) {
      count++;
      const number = value as number;
      simple += number;
      const corrected = number + compensation;
      const next = sum + corrected;
      compensation = corrected - (next - sum);
      sum = next;
    },
    get count() {
      return count;
    },
    sum: () => narrowed(total()),
    average: () => (count === 0n ? 0 : narrowed(total() / Number(count))),
  };
}

export function newTotal(kind: NumericKind): Total {
  if (kind === 'decimal') return decimalTotal();
  return isFloating(kind) ? floatingTotal(kind) : integerTotal(kind);
}

function totalState(kind: NumericKind, result: 'sum' | 'average'): () => AggregateState {
  const type = native(kind);
  return () => {
    const total = newTotal(kind);
    return {
      add([bytes]) {
        const value = decodeValue(type, bytes ?? null);
        if (value !== null) total.add(value);
      },
      result: () => encodeValue(type, total[result]()),
    };
  };
}

/** sum and avg have the type of what they add up; integers wrap around. */
const TOTALS: readonly AggregateFunction[] = NUMERIC_KINDS.flatMap((kind) => [
  aggregate('sum', [native(kind)], native(kind), totalState(kind, 'sum')),
  aggregate('avg', [native(kind)], native(kind), totalState(kind, 'average')),
]);

export const AGGREGATES: readonly AggregateFunction[] = TOTALS;

/** `countRows` is a name that only the analyser uses: no statement can write it. */
export const COUNT_ROWS_FUNCTION: AggregateFunction = { ...COUNT_ROWS, keyspace: SYSTEM };

export const AGGREGATE_FACTORIES: readonly FunctionFactory[] = [COUNT, extreme('min', -1), extreme('max', 1)];
