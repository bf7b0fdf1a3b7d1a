/** Terms: values as written in WHERE, SET, VALUES and IF (grammar rule `term`). */

import type { FunctionName } from './names.ts';
import type { CqlType, NativeType } from './type.ts';

/** How a constant was written, which decides the types that it can be assigned to (Cassandra's `Constants.Type`). */
export type ConstantType = 'STRING' | 'INTEGER' | 'UUID' | 'FLOAT' | 'BOOLEAN' | 'HEX' | 'DURATION';

/**
 * A literal. `text` is the raw text: for STRING what stands between the quotes, for HEX with its `0x`,
 * for NaN and Infinity the words `NaN`, `Infinity` and `-Infinity`.
 */
export interface Constant {
  readonly kind: 'Constant';
  readonly type: ConstantType;
  readonly text: string;
}

export interface NullLiteral {
  readonly kind: 'Null';
}

/** `?` or `:name`; `index` is its position among all markers of the statement (of the whole batch in BATCH). */
export interface BindMarker {
  readonly kind: 'BindMarker';
  readonly index: number;
  readonly name: string | null;
}

/** `[a, b]`: a list, or a vector if that is what the receiver is. */
export interface ListLiteral {
  readonly kind: 'ListLiteral';
  readonly elements: readonly Term[];
}

/** `{a, b}`; the empty `{}` is an empty set or an empty map, whichever the receiver is. */
export interface SetLiteral {
  readonly kind: 'SetLiteral';
  readonly elements: readonly Term[];
}

export interface MapEntry {
  readonly key: Term;
  readonly value: Term;
}

export interface MapLiteral {
  readonly kind: 'MapLiteral';
  readonly entries: readonly MapEntry[];
}

export interface FieldValue {
  readonly field: string;
  readonly value: Term;
}

/** `{name: value, …}`; of a field given twice the last stands. */
export interface UserTypeLiteral {
  readonly kind: 'UserTypeLiteral';
  readonly fields: readonly FieldValue[];
}

/** `(a, b)`; `(a)` too, which Cassandra reads as a tuple of one. */
export interface TupleLiteral {
  readonly kind: 'TupleLiteral';
  readonly elements: readonly Term[];
}

export interface FunctionCall {
  readonly kind: 'FunctionCall';
  readonly name: FunctionName;
  readonly args: readonly Term[];
}

/** `(type) term`: a hint, it converts nothing. */
export interface TypeHint {
  readonly kind: 'TypeHint';
  readonly type: CqlType;
  readonly term: Term;
}

/** `CAST(term AS type)`. */
export interface Cast {
  readonly kind: 'Cast';
  readonly term: Term;
  readonly type: NativeType;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

export interface BinaryOperation {
  readonly kind: 'BinaryOperation';
  readonly operator: ArithmeticOperator;
  readonly left: Term;
  readonly right: Term;
}

export interface Negation {
  readonly kind: 'Negation';
  readonly operand: Term;
}

export type Term =
  | Constant
  | NullLiteral
  | BindMarker
  | ListLiteral
  | SetLiteral
  | MapLiteral
  | UserTypeLiteral
  | TupleLiteral
  | FunctionCall
  | TypeHint
  | Cast
  | BinaryOperation
  | Negation;
