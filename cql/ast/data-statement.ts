/** Statements that read and write rows. */

import type { QualifiedName } from './names.ts';
import type { Condition, WhereClause } from './relation.ts';
import type { Selectable, Selector } from './selectable.ts';
import type { BindMarker, Constant, Term } from './term.ts';

export interface Ordering {
  readonly column: string;
  /** The vector of `ANN OF`, null for a plain column. */
  readonly ann: Term | null;
  readonly direction: 'ASC' | 'DESC';
}

export interface Select {
  readonly kind: 'Select';
  readonly table: QualifiedName;
  readonly json: boolean;
  readonly distinct: boolean;
  /** Empty for `*`. */
  readonly selectors: readonly Selector[];
  readonly where: WhereClause;
  readonly groupBy: readonly Selectable[];
  readonly orderBy: readonly Ordering[];
  /** INTEGER constants or markers. */
  readonly perPartitionLimit: Constant | BindMarker | null;
  readonly limit: Constant | BindMarker | null;
  readonly allowFiltering: boolean;
}

/** USING TIMESTAMP and TTL; of one given twice the last stands. */
export interface UsingAttributes {
  readonly timestamp: Constant | BindMarker | null;
  readonly ttl: Constant | BindMarker | null;
}

export interface Insert {
  readonly kind: 'Insert';
  readonly table: QualifiedName;
  readonly columns: readonly string[];
  readonly values: readonly Term[];
  readonly ifNotExists: boolean;
  readonly using: UsingAttributes;
}

export interface InsertJson {
  readonly kind: 'InsertJson';
  readonly table: QualifiedName;
  /** A STRING constant or a marker. */
  readonly json: Constant | BindMarker;
  readonly defaultUnset: boolean;
  readonly ifNotExists: boolean;
  readonly using: UsingAttributes;
}

/** `column = value`. */
export interface SetValue {
  readonly kind: 'SetValue';
  readonly column: string;
  readonly value: Term;
}

/** `column[key] = value`. */
export interface SetElement {
  readonly kind: 'SetElement';
  readonly column: string;
  readonly key: Term;
  readonly value: Term;
}

/** `column.field = value`. */
export interface SetField {
  readonly kind: 'SetField';
  readonly column: string;
  readonly field: string;
  readonly value: Term;
}

/** `column = column + value`, `column += value`, and `column = column -3`, whose value is the INTEGER `-3`. */
export interface Addition {
  readonly kind: 'Addition';
  readonly column: string;
  readonly value: Term;
}

/** `column = column - value`, `column -= value`. */
export interface Subtraction {
  readonly kind: 'Subtraction';
  readonly column: string;
  readonly value: Term;
}

/** `column = value + column`. */
export interface Prepend {
  readonly kind: 'Prepend';
  readonly column: string;
  readonly value: Term;
}

export type Operation = SetValue | SetElement | SetField | Addition | Subtraction | Prepend;

export interface Update {
  readonly kind: 'Update';
  readonly table: QualifiedName;
  readonly using: UsingAttributes;
  readonly operations: readonly Operation[];
  readonly where: WhereClause;
  readonly conditions: readonly Condition[];
  readonly ifExists: boolean;
}

export interface ColumnDeletion {
  readonly kind: 'ColumnDeletion';
  readonly column: string;
}

export interface ElementDeletion {
  readonly kind: 'ElementDeletion';
  readonly column: string;
  readonly element: Term;
}

export interface FieldDeletion {
  readonly kind: 'FieldDeletion';
  readonly column: string;
  readonly field: string;
}

export type Deletion = ColumnDeletion | ElementDeletion | FieldDeletion;

export interface Delete {
  readonly kind: 'Delete';
  readonly table: QualifiedName;
  /** Empty for a deletion of whole rows. */
  readonly deletions: readonly Deletion[];
  readonly using: UsingAttributes;
  readonly where: WhereClause;
  readonly conditions: readonly Condition[];
  readonly ifExists: boolean;
}

export type Modification = Insert | InsertJson | Update | Delete;

export interface Batch {
  readonly kind: 'Batch';
  readonly type: 'LOGGED' | 'UNLOGGED' | 'COUNTER';
  readonly using: UsingAttributes;
  readonly statements: readonly Modification[];
}

export interface Truncate {
  readonly kind: 'Truncate';
  readonly table: QualifiedName;
}

export interface Use {
  readonly kind: 'Use';
  readonly keyspace: string;
}
