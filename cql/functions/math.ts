import type { ScalarFunction } from '../analyser/functions.ts';
import { serverError } from '../errors/index.ts';
import { type CqlValue, type Decimal, native } from '../types/index.ts';
import { divideHalfUp, expDecimal, log10Decimal, logDecimal } from './decimal-math.ts';
import { valueFunction } from './definition.ts';
import {
  decimalToBigInt,
  isInteger,
  NUMERIC_KINDS,
  type NumericKind,
  narrowDouble,
  toDecimal,
  wrapInteger,
} from './numbers.ts';

type Numeric = (kind: NumericKind, value: CqlValue) => CqlValue;

const abs: Numeric = (kind, value) => {
  if (typeof value === 'number') {
    return isInteger(kind) ? wrapInteger(kind, BigInt(Math.abs(value))) : Math.abs(value);
  }
  if (typeof value === 'bigint') return wrapInteger(kind, value < 0n ? -value : value);
  const { unscaled, scale } = value as Decimal;
  return { unscaled: unscaled < 0n ? -unscaled : unscaled, scale };
};

/** Applies a function of doubles, or its exact form for varint and decimal. */
function transcendental(real: (x: number) => number, exact: (x: Decimal) => Decimal): Numeric {
  return (kind, value) => {
    if (kind === 'decimal') return exact(value as Decimal);
    if (kind === 'varint') return decimalToBigInt(exact(toDecimal(value)));
    const result = real(Number(value));
    if (kind === 'double') return result;
    return kind === 'float' ? Math.fround(result) : narrowDouble(kind, result);
  };
}

function positive(name: string, exact: (x: Decimal) => Decimal): (x: Decimal) => Decimal {
  return (x) => {
    if (x.unscaled <= 0n) throw serverError(`java.lang.ArithmeticException: ${name} of number zero or less`);
    return exact(x);
  };
}

const round: Numeric = (kind, value) => {
  if (kind === 'decimal') {
    const { unscaled, scale } = value as Decimal;
    return scale <= 0 ? (value as Decimal) : { unscaled: divideHalfUp(unscaled, 10n ** BigInt(scale)), scale: 0 };
  }
  if (isInteger(kind)) return value;
  const rounded = Math.floor((value as number) + 0.5);
  return Number.isNaN(rounded) ? 0 : rounded;
};

const FUNCTIONS: readonly (readonly [string, Numeric])[] = [
  ['abs', abs],
  ['exp', transcendental(Math.exp, expDecimal)],
  ['log', transcendental(Math.log, positive('Natural log', logDecimal))],
  ['log10', transcendental(Math.log10, positive('Log10', log10Decimal))],
  ['round', round],
];

/** abs, exp, log, log10 and round for every numeric type; the result has the type of the argument. */
export const MATH_FUNCTIONS: readonly ScalarFunction[] = FUNCTIONS.flatMap(([name, apply]) =>
  NUMERIC_KINDS.map((kind) =>
    valueFunction(name, [native(kind)], native(kind), (value: CqlValue) => apply(kind, value)),
  ),
);
