/** Types as written in a statement. Names of user types are not resolved and `frozen` is set only where `frozen<…>` stands. */

import type { QualifiedName } from './names.ts';

/** The native types, each by the name that Cassandra gives it (`VARCHAR` stays apart from `TEXT`). */
export type NativeTypeName =
  | 'ascii'
  | 'bigint'
  | 'blob'
  | 'boolean'
  | 'counter'
  | 'date'
  | 'decimal'
  | 'double'
  | 'duration'
  | 'float'
  | 'inet'
  | 'int'
  | 'smallint'
  | 'text'
  | 'time'
  | 'timestamp'
  | 'timeuuid'
  | 'tinyint'
  | 'uuid'
  | 'varchar'
  | 'varint';

export interface NativeType {
  readonly kind: 'NativeType';
  readonly name: NativeTypeName;
}

export interface ListType {
  readonly kind: 'ListType';
  readonly element: CqlType;
  readonly frozen: boolean;
}

export interface SetType {
  readonly kind: 'SetType';
  readonly element: CqlType;
  readonly frozen: boolean;
}

export interface MapType {
  readonly kind: 'MapType';
  readonly key: CqlType;
  readonly value: CqlType;
  readonly frozen: boolean;
}

export interface TupleType {
  readonly kind: 'TupleType';
  readonly elements: readonly CqlType[];
  readonly frozen: boolean;
}

export interface VectorType {
  readonly kind: 'VectorType';
  readonly element: CqlType;
  readonly dimension: number;
  readonly frozen: boolean;
}

export interface UserType {
  readonly kind: 'UserType';
  readonly name: QualifiedName;
  readonly frozen: boolean;
}

/** A type given as the string of a Java class, e.g. `'org.apache.cassandra.db.marshal.LongType'`. */
export interface CustomType {
  readonly kind: 'CustomType';
  readonly className: string;
}

export type CqlType = NativeType | ListType | SetType | MapType | TupleType | VectorType | UserType | CustomType;
