import type {
  AggregateFunction,
  CallSite,
  CqlFunction,
  FunctionArgument,
  FunctionLibrary,
  ScalarFunction,
} from '../analyser/functions.ts';
import type { FunctionName } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import { cqlName, type NativeKind, sameType, testAssignment } from '../types/index.ts';
import { AGGREGATE_FACTORIES, AGGREGATES, COUNT_ROWS_FUNCTION } from './aggregates.ts';
import { BLOB_FUNCTIONS } from './blobs.ts';
import { CASTS, identityCast } from './casts.ts';
import { COLLECTION_FACTORIES } from './collections.ts';
import { type FunctionFactory, SYSTEM } from './definition.ts';
import { FLOOR_FUNCTIONS } from './floor.ts';
import { MASKING_FACTORIES } from './masking.ts';
import { MATH_FUNCTIONS } from './math.ts';
import { OPERATOR_FACTORIES } from './operators.ts';
import { TIME_FUNCTIONS } from './time.ts';
import { TOKEN } from './token.ts';
import { VECTOR_FACTORIES } from './vectors.ts';

const OVERLOADS: ReadonlyMap<string, readonly CqlFunction[]> = groupByName([
  ...MATH_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...FLOOR_FUNCTIONS,
  ...BLOB_FUNCTIONS,
  ...CASTS,
  ...AGGREGATES,
]);

const FACTORIES: ReadonlyMap<string, FunctionFactory> = new Map(
  [
    ...OPERATOR_FACTORIES,
    ...COLLECTION_FACTORIES,
    ...VECTOR_FACTORIES,
    ...MASKING_FACTORIES,
    ...AGGREGATE_FACTORIES,
    TOKEN,
  ].map((factory) => [factory.name, factory]),
);

function groupByName(functions: readonly (ScalarFunction | AggregateFunction)[]): Map<string, CqlFunction[]> {
  const groups = new Map<string, CqlFunction[]>();
  for (const one of functions) {
    const group = groups.get(one.name);
    if (group === undefined) groups.set(one.name, [one]);
    else group.push(one);
  }
  return groups;
}

/** Cassandra's native functions. Names are searched in `system`, with or without the keyspace written. */
export const NATIVE_FUNCTIONS: FunctionLibrary = Object.freeze({
  resolve(name: FunctionName, args: readonly FunctionArgument[], site: CallSite): CqlFunction | null {
    if (name.keyspace !== null && name.keyspace !== SYSTEM) return null;
    if (name.name === COUNT_ROWS_FUNCTION.name) return COUNT_ROWS_FUNCTION;
    const factory = FACTORIES.get(name.name);
    if (factory !== undefined) return factory.build(args, site.receiverType, site.partitionKeyTypes);
    const candidates = OVERLOADS.get(name.name);
    if (candidates === undefined) return null;
    return sameTypeCast(name.name, args) ?? choose(name.name, candidates, args, site);
  },
});

/** CAST to the type that the argument has. */
function sameTypeCast(name: string, args: readonly FunctionArgument[]): CqlFunction | null {
  if (!name.startsWith('cast_as_')) return null;
  const kind = name.slice('cast_as_'.length);
  return args[0]?.exactType?.kind === kind ? identityCast(kind as NativeKind) : null;
}

/** Picks an overload: the only one, an exact match, or the only one that the arguments fit (FunctionResolver). */
function choose(
  name: string,
  candidates: readonly CqlFunction[],
  args: readonly FunctionArgument[],
  site: CallSite,
): CqlFunction {
  const [only, ...others] = candidates as readonly [CqlFunction, ...CqlFunction[]];
  if (others.length === 0) {
    checkArguments(only, args);
    return only;
  }
  const shown = name.startsWith('cast_as_') ? `${SYSTEM}.${name}` : name;
  const receiver = site.receiverType;
  const fitting: CqlFunction[] = [];
  for (const candidate of candidates) {
    if (receiver !== null && testAssignment(candidate.returnType, receiver) === 'none') continue;
    const match = matchArguments(candidate, args);
    if (match === 'exact') return candidate;
    if (match === 'weak') fitting.push(candidate);
  }
  if (fitting.length > 1) {
    const preferred = byLiterals(fitting, args);
    if (preferred !== undefined) return preferred;
    throw invalidRequest(
      `Ambiguous call to function ${shown} (can be matched by following signatures: ${signatures(fitting)}): ` +
        'use type casts to disambiguate',
    );
  }
  if (fitting[0] !== undefined) return fitting[0];
  throw invalidRequest(
    `Invalid call to function ${shown}, none of its type signatures match ` +
      `(known type signatures: ${signatures(candidates)})`,
  );
}

/** Among several that fit, the one whose arguments are the types that literals have by themselves. */
function byLiterals(fitting: readonly CqlFunction[], args: readonly FunctionArgument[]): CqlFunction | undefined {
  return fitting.find((candidate) =>
    args.every((arg, i) => {
      const type = arg.exactType ?? arg.compatibleType;
      return type !== null && sameType(type, candidate.argumentTypes[i] as (typeof candidate.argumentTypes)[number]);
    }),
  );
}

function matchArguments(candidate: CqlFunction, args: readonly FunctionArgument[]): 'exact' | 'weak' | 'none' {
  if (candidate.argumentTypes.length !== args.length) return 'none';
  const tests = args.map((arg, i) => arg.test(candidate.argumentTypes[i] as (typeof candidate.argumentTypes)[number]));
  if (tests.includes('none')) return 'none';
  return tests.includes('weak') ? 'weak' : 'exact';
}

function checkArguments(candidate: CqlFunction, args: readonly FunctionArgument[]): void {
  const { name, argumentTypes } = candidate;
  if (argumentTypes.length !== args.length) {
    throw invalidRequest(
      `Invalid number of arguments in call to function ${SYSTEM}.${name}: ` +
        `${argumentTypes.length} required but ${args.length} provided`,
    );
  }
  for (const [i, type] of argumentTypes.entries()) {
    const arg = args[i] as FunctionArgument;
    if (arg.test(type) !== 'none') continue;
    throw invalidRequest(
      `Type error: ${arg.text} cannot be passed as argument ${i} of function ${SYSTEM}.${name} of type ${cqlName(type)}`,
    );
  }
}

function signatures(functions: readonly CqlFunction[]): string {
  return functions
    .map(
      ({ name, argumentTypes, returnType }) =>
        `${SYSTEM}.${name} : (${argumentTypes.map(cqlName).join(', ')}) -> ${cqlName(returnType)}`,
    )
    .join(', ');
}
