import { type Decimal, decimalText } from '../types/index.ts';

/** Digits that exp, log and log10 of decimals are rounded to (MathContext of Cassandra's MathFcts). */
const PRECISION = 32;
/** Digits beyond the precision that the series are summed with. */
const GUARD = 20;

export function digitCount(value: bigint): number {
  return (value < 0n ? -value : value).toString().length;
}

/** Divides with rounding half up, away from zero. */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = (2n * n + d) / (2n * d);
  return negative ? -quotient : quotient;
}

export function stripTrailingZeros({ unscaled, scale }: Decimal): Decimal {
  if (unscaled === 0n) return { unscaled: 0n, scale: 0 };
  let stripped = unscaled;
  let newScale = scale;
  while (stripped % 10n === 0n) {
    stripped /= 10n;
    newScale--;
  }
  return { unscaled: stripped, scale: newScale };
}

/** Cassandra's division of decimals: at least 32 digits after the point, at most 1000 (DecimalType.divide). */
export function divideDecimals(left: Decimal, right: Decimal): Decimal {
  const firstDigit = digitCount(left.unscaled) - left.scale - (digitCount(right.unscaled) - right.scale);
  const scale = Math.min(Math.max(PRECISION - firstDigit, left.scale, right.scale, PRECISION), 1000);
  return stripTrailingZeros({ unscaled: quotientAt(left, right, scale), scale });
}

/** left / right at a scale, half up. */
export function quotientAt(left: Decimal, right: Decimal, scale: number): bigint {
  const shift = scale - left.scale + right.scale;
  const numerator = shift >= 0 ? left.unscaled * 10n ** BigInt(shift) : left.unscaled;
  const denominator = shift >= 0 ? right.unscaled : right.unscaled * 10n ** BigInt(-shift);
  return divideHalfUp(numerator, denominator);
}

export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale);
  const at = (value: Decimal): bigint => value.unscaled * 10n ** BigInt(scale - value.scale);
  return { unscaled: at(left) + at(right), scale };
}

export function negateDecimal({ unscaled, scale }: Decimal): Decimal {
  return { unscaled: -unscaled, scale };
}

export function multiplyDecimals(left: Decimal, right: Decimal): Decimal {
  return { unscaled: left.unscaled * right.unscaled, scale: left.scale + right.scale };
}

/** Java's BigDecimal.remainder: the sign of the dividend. */
export function remainderDecimals(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale);
  const at = (value: Decimal): bigint => value.unscaled * 10n ** BigInt(scale - value.scale);
  return { unscaled: at(left) % at(right), scale };
}

/** Rounds to the precision of the functions here. */
function rounded(unscaled: bigint, scale: number): Decimal {
  const excess = digitCount(unscaled) - PRECISION;
  if (excess <= 0) return { unscaled, scale };
  return { unscaled: divideHalfUp(unscaled, 10n ** BigInt(excess)), scale: scale - excess };
}

/** The value as a fixed-point integer with `digits` after the point. */
function fixed({ unscaled, scale }: Decimal, digits: number): bigint {
  const shift = digits - scale;
  return shift >= 0 ? unscaled * 10n ** BigInt(shift) : unscaled / 10n ** BigInt(-shift);
}

/** e^x in fixed point: halved until small, the Taylor series, squared back. */
function expFixed(x: bigint, digits: number): bigint {
  const one = 10n ** BigInt(digits);
  let halvings = 0;
  let small = x;
  while (small > one / 2n || small < -one / 2n) {
    small /= 2n;
    halvings++;
  }
  let sum = one;
  let term = one;
  for (let i = 1n; term !== 0n; i++) {
    term = (term * small) / (one * i);
    sum += term;
  }
  for (; halvings > 0; halvings--) sum = (sum * sum) / one;
  return sum;
}

/** ln x in fixed point by Newton's steps from the double's logarithm, each doubling the digits. */
function logFixed(x: bigint, digits: number): bigint {
  const one = 10n ** BigInt(digits);
  const magnitude = digitCount(x) - digits;
  const mantissa = Number(`${x}e${-(digits + magnitude)}`);
  let y = BigInt(Math.round((Math.log(mantissa) + magnitude * Math.LN10) * 1e15)) * 10n ** BigInt(digits - 15);
  for (let i = 0; i < 5; i++) {
    const e = expFixed(y, digits);
    y += (2n * one * (x - e)) / (x + e);
  }
  return y;
}

/** Largest exponent accepted: beyond it a result would have millions of digits. */
const MAX_EXPONENT = 100_000;

export function expDecimal(value: Decimal): Decimal {
  const size = Number(decimalText(value));
  if (size > MAX_EXPONENT) throw new RangeError('Overflow');
  // Squaring back loses about as many digits as the result has before the point.
  const digits = PRECISION + GUARD + Math.ceil(Math.abs(size) / 2) + value.scale;
  return rounded(expFixed(fixed(value, digits), digits), digits);
}

export function logDecimal(value: Decimal): Decimal {
  const digits = PRECISION + GUARD + Math.max(0, value.scale - digitCount(value.unscaled));
  return rounded(logFixed(fixed(value, digits), digits), digits);
}

export function log10Decimal(value: Decimal): Decimal {
  const digits = PRECISION + GUARD + Math.max(0, value.scale - digitCount(value.unscaled));
  const ln = logFixed(fixed(value, digits), digits);
  const ln10 = logFixed(10n ** BigInt(digits + 1), digits);
  return rounded((ln * 10n ** BigInt(digits)) / ln10, digits);
}
