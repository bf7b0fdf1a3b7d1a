import type { FunctionName } from '../ast/index.ts';
import type { Assignability, CqlType } from '../types/index.ts';
import type { BoundValue, EvaluationContext } from './evaluation.ts';

/** An argument of a call as the choice between overloads sees it. */
export interface FunctionArgument {
  /** As written, for messages. */
  readonly text: string;
  /** Null where only the receiver can tell: markers and literals. */
  readonly exactType: CqlType | null;
  /** The type that a literal has by itself when the receiver leaves it open. */
  readonly compatibleType: CqlType | null;
  /** How many elements a `[…]` literal has, which may become a list or a vector; null for anything else. */
  readonly arrayLength: number | null;
  test(receiver: CqlType): Assignability;
}

/** Where the call stands. */
export interface CallSite {
  readonly keyspace: string;
  readonly table: string;
  /** Types of the partition key's components, which `token` takes. */
  readonly partitionKeyTypes: readonly CqlType[];
  /** What the result is for; null in a selection without a hint. */
  readonly receiverType: CqlType | null;
}

/** One overload, chosen. */
export interface ResolvedFunction {
  readonly keyspace: string;
  readonly name: string;
  readonly argumentTypes: readonly CqlType[];
  readonly returnType: CqlType;
  /** The same arguments give the same result, so that a call with constants can be folded. */
  readonly pure: boolean;
  /** Name of a result column from those of the arguments. */
  columnName(argumentNames: readonly string[]): string;
}

export interface ScalarFunction extends ResolvedFunction {
  readonly kind: 'scalar';
  execute(args: readonly BoundValue[], context: EvaluationContext): Uint8Array | null;
}

export interface AggregateState {
  add(args: readonly (Uint8Array | null)[]): void;
  result(): Uint8Array | null;
}

export interface AggregateFunction extends ResolvedFunction {
  readonly kind: 'aggregate';
  start(): AggregateState;
}

export type CqlFunction = ScalarFunction | AggregateFunction;

/** The functions a statement can call: a seam, filled by `cql/functions`. */
export interface FunctionLibrary {
  /** Null when no function has the name; throws Cassandra's words when no overload fits. */
  resolve(name: FunctionName, args: readonly FunctionArgument[], site: CallSite): CqlFunction | null;
}
