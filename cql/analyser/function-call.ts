import {
  type ArithmeticOperator,
  castFunction,
  type FunctionName,
  functionText,
  NEGATION,
  operatorFunction,
  type Term,
  termText,
} from '../ast/index.ts';
import { CqlError, invalidRequest } from '../errors/index.ts';
import { type CqlType, cqlName, list, map, native, preferredType, set, testAssignment, tuple } from '../types/index.ts';
import type { Receiver } from './bind-variables.ts';
import type { AnalysisContext } from './context.ts';
import { evaluateTerm } from './evaluate-term.ts';
import type { CallSite, CqlFunction, FunctionArgument, ScalarFunction } from './functions.ts';
import { type ComputedValue, constant, isConstant, type NativeCall, type PreparedTerm } from './prepared-term.ts';
import { resolveType } from './type-resolution.ts';

/** A term that is a call: functions, casts and arithmetic, which Cassandra reads as functions too. */
interface Call {
  readonly name: FunctionName;
  readonly args: readonly Term[];
  /** The operator as written, null for a function. */
  readonly operator: ArithmeticOperator | null;
}

function asCall(term: Term): Call {
  switch (term.kind) {
    case 'FunctionCall':
      return { name: term.name, args: term.args, operator: null };
    case 'Cast':
      return { name: castFunction(term.type.name), args: [term.term], operator: null };
    case 'BinaryOperation':
      return { name: operatorFunction(term.operator), args: [term.left, term.right], operator: term.operator };
    case 'Negation':
      return { name: NEGATION, args: [term.operand], operator: '-' };
    default:
      throw new Error(`${term.kind} is no call`);
  }
}

/** The function that a term calls, null when there is none of the name. */
export function resolveCall(
  context: AnalysisContext,
  term: Term,
  site: Receiver,
  receiverType: CqlType | null,
): CqlFunction | null {
  const call = asCall(term);
  const args = call.args.map((arg) => argumentOf(context, arg, site));
  return context.environment.functions.resolve(call.name, args, callSite(context, site, receiverType));
}

export function callSite(context: AnalysisContext, site: Receiver, receiverType: CqlType | null): CallSite {
  const partitionKey = context.schema.table(site.keyspace, site.table)?.partitionKey ?? [];
  return {
    keyspace: site.keyspace,
    table: site.table,
    partitionKeyTypes: partitionKey.map((column) => column.type),
    receiverType,
  };
}

function argumentOf(context: AnalysisContext, term: Term, site: Receiver): FunctionArgument {
  return {
    text: termText(term, site.keyspace),
    exactType: exactType(context, term, site),
    compatibleType: compatibleType(context, term, site),
    arrayLength: term.kind === 'ListLiteral' ? term.elements.length : null,
    test: (type) => context.testTerm(term, { ...site, name: 'arg', type }),
  };
}

function compatibleType(context: AnalysisContext, term: Term, site: Receiver): CqlType | null {
  if (term.kind === 'Constant') return preferredType(term.type, term.text);
  if (term.kind !== 'TupleLiteral' || term.elements.length !== 1) return null;
  const [only] = term.elements as readonly [Term];
  return exactType(context, only, site) ?? compatibleType(context, only, site);
}

/** The type that a term has whatever it is for (`getExactTypeIfKnown`). */
export function exactType(context: AnalysisContext, term: Term, site: Receiver): CqlType | null {
  const known = (terms: readonly Term[]): CqlType | null => {
    for (const element of terms) {
      const type = exactType(context, element, site);
      if (type !== null) return type;
    }
    return null;
  };
  switch (term.kind) {
    case 'Constant':
    case 'Null':
    case 'BindMarker':
    case 'UserTypeLiteral':
      return null;
    case 'ListLiteral': {
      const elements = known(term.elements);
      return elements === null ? null : list(elements);
    }
    case 'SetLiteral': {
      const elements = known(term.elements);
      return elements === null ? null : set(elements);
    }
    case 'MapLiteral': {
      const keys = known(term.entries.map((entry) => entry.key));
      const values = known(term.entries.map((entry) => entry.value));
      return keys === null || values === null ? null : map(keys, values);
    }
    case 'TupleLiteral': {
      // Parentheses around a term, whose type follows from what it is for.
      if (term.elements.length === 1) return null;
      const components = term.elements.map((element) => exactType(context, element, site));
      return components.includes(null) ? null : tuple(components as CqlType[]);
    }
    case 'TypeHint':
      return resolveType(context.schema, site.keyspace, term.type);
    default:
      return returnTypeIfKnown(context, term, site);
  }
}

function returnTypeIfKnown(context: AnalysisContext, term: Term, site: Receiver): CqlType | null {
  try {
    return resolveCall(context, term, site, null)?.returnType ?? null;
  } catch (error) {
    if (error instanceof CqlError) return null;
    throw error;
  }
}

const NATIVE_CALLS: ReadonlyMap<string, NativeCall> = new Map<string, NativeCall>([
  ['now', 'now'],
  ['uuid', 'uuid'],
  ['current_timestamp', 'current_timestamp'],
  ['currenttimestamp', 'current_timestamp'],
  ['current_date', 'current_date'],
  ['currentdate', 'current_date'],
  ['current_time', 'current_time'],
  ['currenttime', 'current_time'],
  ['current_timeuuid', 'current_timeuuid'],
  ['currenttimeuuid', 'current_timeuuid'],
]);

/** A call in a term (`FunctionCall.Raw.prepare`): folded when it can be, left to the shard or the worker otherwise. */
export function prepareCall(context: AnalysisContext, term: Term, receiver: Receiver): PreparedTerm {
  const call = asCall(term);
  const found = resolveCall(context, term, receiver, receiver.type);
  if (found === null) throw invalidRequest(`Unknown function ${functionText(call.name)} called`);
  if (found.kind === 'aggregate') throw invalidRequest('Aggregation function are not supported in the where clause');
  checkResult(call, found, receiver);
  if (found.argumentTypes.length !== call.args.length) {
    const counts = `(expected ${found.argumentTypes.length}, found ${call.args.length})`;
    throw invalidRequest(`Incorrect number of arguments specified for function ${qualified(found)} ${counts}`);
  }
  const args = call.args.map((arg, i) => context.prepareTerm(arg, argumentReceiver(found, i, receiver)));
  return callTerm(context, found, args);
}

function checkResult(call: Call, found: ScalarFunction, receiver: Receiver): void {
  if (testAssignment(found.returnType, receiver.type) !== 'none') return;
  const what = call.operator === null ? `function ${qualified(found)}` : `operation ${call.operator}`;
  throw invalidRequest(
    `Type error: cannot assign result of ${what} (type ${cqlName(found.returnType)}) ` +
      `to ${receiver.name} (type ${cqlName(receiver.type)})`,
  );
}

function qualified(found: CqlFunction): string {
  return `${found.keyspace}.${found.name}`;
}

/** The receiver of a function's argument, as its marker is named. */
export function argumentReceiver(found: CqlFunction, index: number, site: Receiver): Receiver {
  return {
    keyspace: site.keyspace,
    table: site.table,
    name: `arg${index}(${qualified(found)})`,
    type: found.argumentTypes[index] ?? native('blob'),
  };
}

/** A call whose arguments are prepared. An error of folding is left to the execution, where Cassandra gives it. */
export function callTerm(context: AnalysisContext, found: ScalarFunction, args: readonly PreparedTerm[]): PreparedTerm {
  const value: ComputedValue = {
    type: found.returnType,
    evaluate: (values, evaluation) =>
      found.execute(
        args.map((arg) => evaluateTerm(arg, values, evaluation)),
        evaluation,
      ),
  };
  const nativeCall = found.keyspace === 'system' ? NATIVE_CALLS.get(found.name) : undefined;
  if (nativeCall !== undefined) return { kind: 'call', call: nativeCall, value };
  if (found.pure && args.every(isConstant)) {
    const folded = tryFold(context, value);
    if (folded !== null) return folded;
  }
  if (found.keyspace === 'system' && found.name === 'token') return { kind: 'token', components: args, value };
  return { kind: 'computed', value };
}

function tryFold(context: AnalysisContext, value: ComputedValue): PreparedTerm | null {
  try {
    return constant(value.evaluate([], context.environment.evaluation) ?? null);
  } catch (error) {
    if (error instanceof CqlError) return null;
    throw error;
  }
}
