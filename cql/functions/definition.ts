import type {
  AggregateFunction,
  AggregateState,
  CqlFunction,
  FunctionArgument,
  ScalarFunction,
} from '../analyser/functions.ts';
import { invalidRequest } from '../errors/index.ts';
import { type CqlType, type CqlValue, decodeValue, encodeValue } from '../types/index.ts';

/** Native functions live in this keyspace. */
export const SYSTEM = 'system';

export interface Clock {
  readonly now: () => number;
}

type Bytes = Uint8Array | null;

/** Makes a function for the types that a call has; throws Cassandra's words when they do not fit. */
export interface FunctionFactory {
  readonly name: string;
  build(args: readonly FunctionArgument[], receiver: CqlType | null, partitionKey: readonly CqlType[]): CqlFunction;
}

export function scalar(
  name: string,
  argumentTypes: readonly CqlType[],
  returnType: CqlType,
  execute: (args: readonly Bytes[], clock: Clock) => Bytes,
  options: { readonly pure?: boolean; readonly columnName?: (names: readonly string[]) => string } = {},
): ScalarFunction {
  return {
    kind: 'scalar',
    keyspace: SYSTEM,
    name,
    argumentTypes,
    returnType,
    pure: options.pure ?? true,
    columnName: options.columnName ?? ((names) => `${SYSTEM}.${name}(${names.join(', ')})`),
    execute: (args, context) =>
      execute(
        args.map((arg) => arg ?? null),
        context,
      ),
  };
}

/** A function of values that gives null for a null (or empty) argument. */
export function valueFunction(
  name: string,
  argumentTypes: readonly CqlType[],
  returnType: CqlType,
  apply: (...args: never[]) => CqlValue,
  columnName?: (names: readonly string[]) => string,
): ScalarFunction {
  const call = apply as unknown as (...args: CqlValue[]) => CqlValue;
  const execute = (args: readonly Bytes[]): Bytes => {
    const values = args.map((arg, i) => decodeValue(argumentTypes[i] as CqlType, arg));
    return values.includes(null) ? null : encodeValue(returnType, call(...values));
  };
  return scalar(name, argumentTypes, returnType, execute, columnName === undefined ? {} : { columnName });
}

export function aggregate(
  name: string,
  argumentTypes: readonly CqlType[],
  returnType: CqlType,
  start: () => AggregateState,
  columnName?: (names: readonly string[]) => string,
): AggregateFunction {
  return {
    kind: 'aggregate',
    keyspace: SYSTEM,
    name,
    argumentTypes,
    returnType,
    pure: true,
    columnName: columnName ?? ((names) => `${SYSTEM}.${name}(${names.join(', ')})`),
    start,
  };
}

/** The type of an argument that may be of any: what it is, or would be by itself. */
export function inferType(
  name: string,
  arg: FunctionArgument,
  fallback: CqlType | null = null,
  parameters: string | null = null,
): CqlType {
  const type = arg.exactType ?? fallback ?? arg.compatibleType;
  if (type !== null) return type;
  throw invalidRequest(
    `Cannot infer type of argument ${arg.text} in call to function ${SYSTEM}.${name}${parameters === null ? '' : `(${parameters})`}: ` +
      'use type casts to disambiguate',
  );
}

/** `parameters` is how Cassandra describes those of a function that is made for its arguments. */
export function requireCount(
  name: string,
  args: readonly FunctionArgument[],
  counts: readonly number[],
  parameters: string | null = null,
): void {
  if (counts.includes(args.length)) return;
  throw invalidRequest(
    parameters === null
      ? `Invalid number of arguments in call to function ${SYSTEM}.${name}: ${counts[0]} required but ${args.length} provided`
      : `Invalid number of arguments for function ${SYSTEM}.${name}(${parameters})`,
  );
}
