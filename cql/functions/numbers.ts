import { type CqlValue, type Decimal, parseDecimal } from '../types/index.ts';

/** The numeric types, integers by width. */
export type NumericKind =
  | 'tinyint'
  | 'smallint'
  | 'int'
  | 'bigint'
  | 'counter'
  | 'varint'
  | 'float'
  | 'double'
  | 'decimal';

/** In the order in which Cassandra's functions are defined for them. */
export const NUMERIC_KINDS: readonly NumericKind[] = [
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'float',
  'double',
  'varint',
  'decimal',
  'counter',
];

const INTEGER_BITS: Partial<Record<NumericKind, number>> = {
  tinyint: 8,
  smallint: 16,
  int: 32,
  bigint: 64,
  counter: 64,
};

export function isNumericKind(kind: string): kind is NumericKind {
  return (NUMERIC_KINDS as readonly string[]).includes(kind);
}

export function isFloating(kind: NumericKind): boolean {
  return kind === 'float' || kind === 'double' || kind === 'decimal';
}

export function isInteger(kind: NumericKind): boolean {
  return !isFloating(kind);
}

/** The integer as the type holds it: wrapped around like Java's. */
export function wrapInteger(kind: NumericKind, value: bigint): CqlValue {
  const bits = INTEGER_BITS[kind];
  if (bits === undefined) return value;
  const wrapped = BigInt.asIntN(bits, value);
  return bits === 64 ? wrapped : Number(wrapped);
}

/** A double as an integer type, as Java narrows it: cut at the limits of int or long, then to the width. */
export function narrowDouble(kind: NumericKind, value: number): CqlValue {
  if (kind === 'varint') return BigInt(Number.isFinite(value) ? Math.trunc(value) : 0);
  const bits = INTEGER_BITS[kind] === 64 ? 64 : 32;
  if (Number.isNaN(value)) return wrapInteger(kind, 0n);
  const max = 2n ** BigInt(bits - 1) - 1n;
  const truncated = Number.isFinite(value) ? BigInt(Math.trunc(value)) : value > 0 ? max : -max - 1n;
  const clamped = truncated > max ? max : truncated < -max - 1n ? -max - 1n : truncated;
  return wrapInteger(kind, clamped);
}

export function toBigInt(value: CqlValue): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return BigInt(Math.trunc(value));
  return decimalToBigInt(value as Decimal);
}

export function toDouble(value: CqlValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  const { unscaled, scale } = value as Decimal;
  return Number(`${unscaled}e${-scale}`);
}

export function toDecimal(value: CqlValue): Decimal {
  if (typeof value === 'bigint') return { unscaled: value, scale: 0 };
  if (typeof value !== 'number') return value as Decimal;
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 53) return { unscaled: BigInt(value), scale: 0 };
  return parseDecimal(String(value)) as Decimal;
}

/** A float or double as Java's BigDecimal.valueOf: with at least one digit after the point. */
export function floatingToDecimal(value: number): Decimal {
  const text = String(value);
  return parseDecimal(/^-?\d+$/.test(text) ? `${text}.0` : text) as Decimal;
}

/** Toward zero. */
export function decimalToBigInt({ unscaled, scale }: Decimal): bigint {
  return scale >= 0 ? unscaled / 10n ** BigInt(scale) : unscaled * 10n ** BigInt(-scale);
}

/** A value of one numeric type as another, the way Cassandra promotes operands and casts. */
export function convertNumber(from: NumericKind, to: NumericKind, value: CqlValue): CqlValue {
  if (from === to) return value;
  if (to === 'double') return toDouble(value);
  if (to === 'float') return Math.fround(toDouble(value));
  if (to === 'decimal') {
    return from === 'float' || from === 'double' ? floatingToDecimal(value as number) : toDecimal(value);
  }
  if (from === 'float' || from === 'double') return narrowDouble(to, value as number);
  return wrapInteger(to, toBigInt(value));
}

/** The type that an operation of two numbers gives (OperationFcts.returnType). */
export function commonKind(left: NumericKind, right: NumericKind): NumericKind {
  if (left === 'decimal' || right === 'decimal') return 'decimal';
  const floating = [left, right].filter(isFloating);
  if (floating.length === 2) return left === right ? left : 'double';
  if (floating.length === 1) {
    const integer = isFloating(left) ? right : left;
    if (integer === 'varint') return 'decimal';
    return integer === 'bigint' || integer === 'counter' ? 'double' : (floating[0] as NumericKind);
  }
  const order: readonly NumericKind[] = ['tinyint', 'smallint', 'int', 'bigint', 'varint'];
  const rank = (kind: NumericKind): number => order.indexOf(kind === 'counter' ? 'bigint' : kind);
  return order[Math.max(rank(left), rank(right))] as NumericKind;
}
