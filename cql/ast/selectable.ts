/** What can stand between SELECT and FROM, and in GROUP BY (grammar rule `unaliasedSelector`). */

import type { FunctionName } from './names.ts';
import type { ArithmeticOperator, BindMarker, Constant, NullLiteral, Term } from './term.ts';
import type { CqlType, NativeType } from './type.ts';

export interface SelectedColumn {
  readonly kind: 'SelectedColumn';
  readonly name: string;
}

export interface SelectedTerm {
  readonly kind: 'SelectedTerm';
  readonly term: Constant | NullLiteral | BindMarker;
}

/** `COUNT(*)`. */
export interface SelectedCountRows {
  readonly kind: 'SelectedCountRows';
}

/** `WRITETIME(c)`, `MAXWRITETIME(c)`, `TTL(c)`; `selected` is the column or an element, slice or field of it. */
export interface SelectedWritetimeOrTtl {
  readonly kind: 'SelectedWritetimeOrTtl';
  readonly function: 'writetime' | 'maxwritetime' | 'ttl';
  readonly column: string;
  readonly selected: Selectable;
}

/** `CAST(selectable AS type)`. */
export interface SelectedCast {
  readonly kind: 'SelectedCast';
  readonly selectable: Selectable;
  readonly type: NativeType;
}

export interface SelectedFunctionCall {
  readonly kind: 'SelectedFunctionCall';
  readonly name: FunctionName;
  readonly args: readonly Selectable[];
}

/** `receiver.field`. */
export interface SelectedField {
  readonly kind: 'SelectedField';
  readonly receiver: Selectable;
  readonly field: string;
}

/** `receiver[element]`. */
export interface SelectedElement {
  readonly kind: 'SelectedElement';
  readonly receiver: Selectable;
  readonly element: Term;
}

/** `receiver[from..to]`, both ends included; null where an end is open. */
export interface SelectedSlice {
  readonly kind: 'SelectedSlice';
  readonly receiver: Selectable;
  readonly from: Term | null;
  readonly to: Term | null;
}

/** `(type) selectable`. */
export interface SelectedTypeHint {
  readonly kind: 'SelectedTypeHint';
  readonly type: CqlType;
  readonly selectable: Selectable;
}

/** `(a)` is what stands between the parentheses, or a tuple of one where a tuple is expected; `(a, b)` is a tuple. */
export interface SelectedParenthesesOrTuple {
  readonly kind: 'SelectedParenthesesOrTuple';
  readonly elements: readonly Selectable[];
}

/** `[a, b]`: a list or a vector. */
export interface SelectedList {
  readonly kind: 'SelectedList';
  readonly elements: readonly Selectable[];
}

/** `{a, b}`; also `{}`. */
export interface SelectedSet {
  readonly kind: 'SelectedSet';
  readonly elements: readonly Selectable[];
}

export interface SelectedMapEntry {
  readonly key: Selectable;
  readonly value: Selectable;
}

/** `{a: b}`: the type decides whether the keys are values of a map or field names of a user type. */
export interface SelectedMapOrUserType {
  readonly kind: 'SelectedMapOrUserType';
  readonly entries: readonly SelectedMapEntry[];
}

export interface SelectedOperation {
  readonly kind: 'SelectedOperation';
  readonly operator: ArithmeticOperator;
  readonly left: Selectable;
  readonly right: Selectable;
}

export interface SelectedNegation {
  readonly kind: 'SelectedNegation';
  readonly operand: Selectable;
}

export type Selectable =
  | SelectedColumn
  | SelectedTerm
  | SelectedCountRows
  | SelectedWritetimeOrTtl
  | SelectedCast
  | SelectedFunctionCall
  | SelectedField
  | SelectedElement
  | SelectedSlice
  | SelectedTypeHint
  | SelectedParenthesesOrTuple
  | SelectedList
  | SelectedSet
  | SelectedMapOrUserType
  | SelectedOperation
  | SelectedNegation;

export interface Selector {
  readonly selectable: Selectable;
  readonly alias: string | null;
}
