/** Relations of a WHERE clause and conditions of an IF clause. */

import type { QualifiedName } from './names.ts';
import type { BindMarker, Term, TupleLiteral } from './term.ts';

export type ComparisonOperator = '=' | '<' | '<=' | '>' | '>=' | '!=';

/** `IN (a, b)`. */
export interface InList {
  readonly kind: 'InList';
  readonly terms: readonly Term[];
}

/** What follows IN: a list of terms, or one marker for the whole list. */
export type InValues = InList | BindMarker;

/** `column op term`; the operator is one of Cassandra's that take one value. */
export interface ColumnRelation {
  readonly kind: 'ColumnRelation';
  readonly column: string;
  readonly operator: ComparisonOperator | 'LIKE' | 'CONTAINS' | 'CONTAINS KEY';
  readonly value: Term;
}

export interface ColumnInRelation {
  readonly kind: 'ColumnInRelation';
  readonly column: string;
  readonly values: InValues;
}

/** `column IS NOT NULL`. */
export interface IsNotNullRelation {
  readonly kind: 'IsNotNullRelation';
  readonly column: string;
}

/** `column[key] op term`. */
export interface MapElementRelation {
  readonly kind: 'MapElementRelation';
  readonly column: string;
  readonly key: Term;
  readonly operator: ComparisonOperator;
  readonly value: Term;
}

/** `token(a, b) op term`. */
export interface TokenRelation {
  readonly kind: 'TokenRelation';
  readonly columns: readonly string[];
  readonly operator: ComparisonOperator;
  readonly value: Term;
}

/** `(a, b) op (x, y)` or `(a, b) op ?`. */
export interface MultiColumnRelation {
  readonly kind: 'MultiColumnRelation';
  readonly columns: readonly string[];
  readonly operator: ComparisonOperator;
  readonly value: TupleLiteral | BindMarker;
}

/** `(a, b) IN ((1, 2), (3, 4))`, `IN (?, ?)`, `IN ()` or `IN ?`; a list's terms are all tuples or all markers. */
export interface MultiColumnInRelation {
  readonly kind: 'MultiColumnInRelation';
  readonly columns: readonly string[];
  readonly values: InValues;
}

export type Relation =
  | ColumnRelation
  | ColumnInRelation
  | IsNotNullRelation
  | MapElementRelation
  | TokenRelation
  | MultiColumnRelation
  | MultiColumnInRelation;

/** `expr(index, term)`. */
export interface CustomIndexExpression {
  readonly index: QualifiedName;
  readonly value: Term;
}

/** All parts of a WHERE clause, joined by AND, in the order written; both lists are empty without WHERE. */
export interface WhereClause {
  readonly relations: readonly Relation[];
  readonly expressions: readonly CustomIndexExpression[];
}

/** What a condition looks at: a column, `column[element]` or `column.field`. */
export interface ConditionTarget {
  readonly column: string;
  readonly element: Term | null;
  readonly field: string | null;
}

export interface ComparisonCondition {
  readonly kind: 'ComparisonCondition';
  readonly target: ConditionTarget;
  readonly operator: ComparisonOperator | 'CONTAINS' | 'CONTAINS KEY';
  readonly value: Term;
}

export interface InCondition {
  readonly kind: 'InCondition';
  readonly target: ConditionTarget;
  readonly values: InValues;
}

export type Condition = ComparisonCondition | InCondition;
