import type { FunctionArgument, ScalarFunction } from '../analyser/functions.ts';
import { CqlError, invalidRequest } from '../errors/index.ts';
import {
  type CqlType,
  type CqlValue,
  cqlName,
  type Decimal,
  type Duration,
  durationText,
  native,
  testAssignment,
} from '../types/index.ts';
import { civilFromDays, daysFromCivil, MILLIS_PER_DAY, plusMonths } from '../types/values/calendar.ts';
import { addDecimals, divideDecimals, multiplyDecimals, negateDecimal, remainderDecimals } from './decimal-math.ts';
import { type FunctionFactory, inferType, SYSTEM, valueFunction } from './definition.ts';
import {
  commonKind,
  convertNumber,
  floatingToDecimal,
  isNumericKind,
  type NumericKind,
  toDouble,
  wrapInteger,
} from './numbers.ts';

type Operator = '+' | '-' | '*' | '/' | '%';

/** The functions that operators stand for; Cassandra spells subtraction so. */
const NAMES: Readonly<Record<Operator, string>> = {
  '+': '_add',
  '-': '_substract',
  '*': '_multiply',
  '/': '_divide',
  '%': '_modulo',
};

const INTEGERS: Readonly<Record<Operator, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

const DOUBLES: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

const DECIMALS: Readonly<Record<Operator, (a: Decimal, b: Decimal) => Decimal>> = {
  '+': addDecimals,
  '-': (a, b) => addDecimals(a, negateDecimal(b)),
  '*': multiplyDecimals,
  '/': divideDecimals,
  '%': remainderDecimals,
};

/** Why an operation cannot be done; becomes FUNCTION_FAILURE with the types of its operands. */
class OperationFailure extends Error {}

function compute(operator: Operator, kind: NumericKind, left: CqlValue, right: CqlValue): CqlValue {
  if (kind === 'decimal') {
    if ((operator === '/' || operator === '%') && (right as Decimal).unscaled === 0n) {
      throw new OperationFailure(operator === '/' ? 'BigInteger divide by zero' : 'Division by zero');
    }
    return DECIMALS[operator](left as Decimal, right as Decimal);
  }
  if (kind === 'double') return DOUBLES[operator](left as number, right as number);
  if (kind === 'float') return Math.fround(DOUBLES[operator](left as number, right as number));
  const divisor = BigInt(right as number | bigint);
  if ((operator === '/' || operator === '%') && divisor === 0n) {
    throw new OperationFailure(kind === 'varint' ? 'BigInteger divide by zero' : '/ by zero');
  }
  return wrapInteger(kind, INTEGERS[operator](BigInt(left as number | bigint), divisor));
}

/** Beside a decimal, integers but varint go through double in Cassandra, which gives them one digit after the point. */
function operand(from: NumericKind, to: NumericKind, value: CqlValue): CqlValue {
  if (to === 'decimal' && from !== 'decimal' && from !== 'varint') return floatingToDecimal(toDouble(value));
  return convertNumber(from, to, value);
}

function operatorFactory(operator: Operator): FunctionFactory {
  const name = NAMES[operator];
  return {
    name,
    build(args, receiver) {
      const [left, right] = args as readonly [FunctionArgument, FunctionArgument];
      checkAmbiguity(operator, left, right, receiver);
      // A time takes the type of the receiver where it has none of its own.
      const leftType = inferType(name, left, isDuration(right) ? receiver : left.compatibleType);
      const rightType = inferType(name, right, right.compatibleType);
      const found = build(operator, leftType, rightType);
      if (found !== null && (receiver === null || testAssignment(found.returnType, receiver) !== 'none')) return found;
      // Constants that fit the receiver are calculated with as its type: 1.1 + 2.2 for a decimal.
      if (receiver !== null && args.every((arg) => arg.exactType === null && arg.test(receiver) !== 'none')) {
        const ofReceiver = build(operator, receiver, receiver);
        if (ofReceiver !== null) return ofReceiver;
      }
      if (receiver === null && isTimestampAndNumber(leftType, rightType)) throw ambiguous(operator, left, right);
      throw invalidRequest(`the '${operator}' operation is not supported between ${left.text} and ${right.text}`);
    },
  };
}

const isOpen = (arg: FunctionArgument): boolean => arg.exactType === null && arg.compatibleType === null;

/** Cassandra reads a timestamp as a number too, of each type that holds as many bytes, and cannot choose. */
const isTimestampAndNumber = (left: CqlType, right: CqlType): boolean =>
  [left, right].some(({ kind }) => kind === 'timestamp') &&
  [left, right].every(({ kind }) => kind === 'timestamp' || isNumericKind(kind));

const isDuration = (arg: FunctionArgument): boolean => (arg.exactType ?? arg.compatibleType)?.kind === 'duration';

/** A marker fits several operand types, whatever is beside it, unless a duration is added to what the receiver is. */
function checkAmbiguity(
  operator: Operator,
  left: FunctionArgument,
  right: FunctionArgument,
  receiver: CqlType | null,
): void {
  if (!isOpen(left) && !isOpen(right)) return;
  if (receiver !== null && isDuration(right)) return;
  throw ambiguous(operator, left, right);
}

function ambiguous(operator: Operator, left: FunctionArgument, right: FunctionArgument): CqlError {
  return invalidRequest(
    `Ambiguous '${operator}' operation with args ${left.text} and ${right.text}: ` +
      "use type hint to disambiguate, example '(int) ?'",
  );
}

function build(operator: Operator, left: CqlType, right: CqlType): ScalarFunction | null {
  if (isNumericKind(left.kind) && isNumericKind(right.kind)) {
    const [from, to] = [left.kind, right.kind];
    const kind = commonKind(from, to);
    return operation(operator, left, right, native(kind), (a, b) =>
      compute(operator, kind, operand(from, kind, a), operand(to, kind, b)),
    );
  }
  const isText = (type: CqlType): boolean => type.kind === 'text' || type.kind === 'ascii';
  if (operator === '+' && isText(left) && isText(right)) {
    const kind = left.kind === 'ascii' && right.kind === 'ascii' ? 'ascii' : 'text';
    return operation(operator, left, right, native(kind), (a, b) => (a as string) + (b as string));
  }
  if ((operator === '+' || operator === '-') && right.kind === 'duration') {
    const sign = operator === '+' ? 1 : -1;
    if (left.kind === 'timestamp') {
      return operation(operator, left, right, left, (a, b) => shiftTimestamp(a as bigint, b as Duration, sign));
    }
    if (left.kind === 'date') {
      return operation(operator, left, right, left, (a, b) => shiftDate(a as number, b as Duration, sign));
    }
  }
  return null;
}

function operation(
  operator: Operator,
  left: CqlType,
  right: CqlType,
  result: CqlType,
  apply: (a: CqlValue, b: CqlValue) => CqlValue,
): ScalarFunction {
  const guarded = (a: CqlValue, b: CqlValue): CqlValue => {
    try {
      return apply(a, b);
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      throw operationFailure(operator, [left, right], error.message);
    }
  };
  return valueFunction(NAMES[operator], [left, right], result, guarded, ([a, b]) => `${a} ${operator} ${b}`);
}

function operationFailure(operator: Operator, types: readonly CqlType[], reason: string): CqlError {
  const argumentTypes = types.map(cqlName);
  return new CqlError(`the operation '${argumentTypes.join(` ${operator} `)}' failed: ${reason}`, {
    name: 'FUNCTION_FAILURE',
    keyspace: SYSTEM,
    functionName: NAMES[operator],
    argumentTypes,
  });
}

/** Months by the calendar, then days, then nanoseconds, in UTC. */
function shiftTimestamp(millis: bigint, duration: Duration, sign: number): bigint {
  const perDay = BigInt(MILLIS_PER_DAY);
  const ofDay = ((millis % perDay) + perDay) % perDay;
  const day = shiftDay(Number((millis - ofDay) / perDay), duration, sign);
  return BigInt(day) * perDay + ofDay + (BigInt(sign) * duration.nanos) / 1_000_000n;
}

function shiftDate(days: number, duration: Duration, sign: number): number {
  if (duration.nanos % 86_400_000_000_000n !== 0n) {
    throw new OperationFailure(`The duration must have a day precision. Was: ${durationText(duration)}`);
  }
  return shiftDay(days, duration, sign) + sign * Number(duration.nanos / 86_400_000_000_000n);
}

function shiftDay(days: number, duration: Duration, sign: number): number {
  return daysFromCivil(plusMonths(civilFromDays(days), sign * duration.months)) + sign * duration.days;
}

function negate(kind: NumericKind, value: CqlValue): CqlValue {
  if (kind === 'decimal') return negateDecimal(value as Decimal);
  if (kind === 'float' || kind === 'double') return -(value as number);
  return wrapInteger(kind, -BigInt(value as number | bigint));
}

const NEGATED_TYPES = ['counter', 'int', 'float', 'varint', 'smallint', 'tinyint', 'double', 'bigint', 'decimal'];

const NEGATION: FunctionFactory = {
  name: '_negate',
  build([arg], receiver) {
    const operand = arg as FunctionArgument;
    if (isOpen(operand) && receiver === null) {
      throw invalidRequest('Ambiguous negation: use type casts to disambiguate');
    }
    const type = inferType('_negate', operand, receiver);
    const { kind } = type;
    if (!isNumericKind(kind)) {
      const signatures = NEGATED_TYPES.map((name) => `system."_negate" : (${name}) -> ${name}`).join(', ');
      throw invalidRequest(
        `Invalid call to function system._negate, none of its type signatures match (known type signatures: ${signatures})`,
      );
    }
    return valueFunction(
      '_negate',
      [type],
      type,
      (value: CqlValue) => negate(kind, value),
      ([a]) => `-${a}`,
    );
  },
};

export const OPERATOR_FACTORIES: readonly FunctionFactory[] = [
  ...(Object.keys(NAMES) as Operator[]).map(operatorFactory),
  NEGATION,
];
