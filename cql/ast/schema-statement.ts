/** Statements that define keyspaces, tables, types, indexes, views, functions and triggers. */

import type { FunctionName, QualifiedName } from './names.ts';
import type { WhereClause } from './relation.ts';
import type { Selector } from './selectable.ts';
import type { Term } from './term.ts';
import type { CqlType } from './type.ts';

/** The value of a property: a constant's raw text, or a map of raw texts. */
export type PropertyValue = string | ReadonlyMap<string, string>;

/** What follows WITH, in the order written. Property names are case folded. */
export type Properties = ReadonlyMap<string, PropertyValue>;

/** `MASKED WITH f(args)`; the receiver of the mask is not among the arguments. `MASKED WITH DEFAULT` is `mask_default()` of keyspace `system`. */
export interface ColumnMask {
  readonly function: FunctionName;
  readonly args: readonly Term[];
}

export interface CreateKeyspace {
  readonly kind: 'CreateKeyspace';
  readonly keyspace: string;
  readonly ifNotExists: boolean;
  readonly properties: Properties;
}

export interface AlterKeyspace {
  readonly kind: 'AlterKeyspace';
  readonly keyspace: string;
  readonly ifExists: boolean;
  readonly properties: Properties;
}

export interface DropKeyspace {
  readonly kind: 'DropKeyspace';
  readonly keyspace: string;
  readonly ifExists: boolean;
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: CqlType;
  readonly isStatic: boolean;
  readonly mask: ColumnMask | null;
}

export interface ClusteringOrder {
  readonly column: string;
  readonly direction: 'ASC' | 'DESC';
}

export interface CreateTable {
  readonly kind: 'CreateTable';
  readonly table: QualifiedName;
  readonly ifNotExists: boolean;
  readonly columns: readonly ColumnDefinition[];
  /** One entry for each PRIMARY KEY written (a table needs exactly one; the analyser says so). */
  readonly partitionKeys: readonly (readonly string[])[];
  readonly clusteringColumns: readonly string[];
  readonly compactStorage: boolean;
  readonly clusteringOrder: readonly ClusteringOrder[];
  readonly properties: Properties;
}

export interface AddColumn {
  readonly name: string;
  readonly type: CqlType;
  readonly isStatic: boolean;
  readonly mask: ColumnMask | null;
}

export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** `ALTER TABLE t …`, by what follows the name. */
export type TableAlteration =
  | { readonly kind: 'AlterColumnType'; readonly column: string; readonly type: CqlType }
  /** `mask` is null for DROP MASKED. */
  | {
      readonly kind: 'MaskColumn';
      readonly column: string;
      readonly mask: ColumnMask | null;
      readonly ifExists: boolean;
    }
  | { readonly kind: 'AddColumns'; readonly columns: readonly AddColumn[]; readonly ifNotExists: boolean }
  /** `timestamp` is the text of the INTEGER after USING TIMESTAMP, in microseconds. */
  | {
      readonly kind: 'DropColumns';
      readonly columns: readonly string[];
      readonly timestamp: string | null;
      readonly ifExists: boolean;
    }
  | { readonly kind: 'RenameColumns'; readonly renames: readonly Rename[]; readonly ifExists: boolean }
  | { readonly kind: 'DropCompactStorage' }
  | { readonly kind: 'SetProperties'; readonly properties: Properties };

export interface AlterTable {
  readonly kind: 'AlterTable';
  readonly table: QualifiedName;
  readonly ifExists: boolean;
  readonly alteration: TableAlteration;
}

export interface DropTable {
  readonly kind: 'DropTable';
  readonly table: QualifiedName;
  readonly ifExists: boolean;
}

export interface TypeField {
  readonly name: string;
  readonly type: CqlType;
}

export interface CreateType {
  readonly kind: 'CreateType';
  readonly type: QualifiedName;
  readonly ifNotExists: boolean;
  readonly fields: readonly TypeField[];
}

export type TypeAlteration =
  | { readonly kind: 'AlterFieldType'; readonly field: string; readonly type: CqlType }
  | { readonly kind: 'AddField'; readonly field: TypeField; readonly ifNotExists: boolean }
  | { readonly kind: 'RenameFields'; readonly renames: readonly Rename[]; readonly ifExists: boolean };

export interface AlterType {
  readonly kind: 'AlterType';
  readonly type: QualifiedName;
  readonly ifExists: boolean;
  readonly alteration: TypeAlteration;
}

export interface DropType {
  readonly kind: 'DropType';
  readonly type: QualifiedName;
  readonly ifExists: boolean;
}

export interface IndexTarget {
  readonly column: string;
  /** `simple` is a bare column, whose kind of index depends on its type. */
  readonly target: 'simple' | 'values' | 'keys' | 'entries' | 'full';
}

export interface CreateIndex {
  readonly kind: 'CreateIndex';
  readonly custom: boolean;
  readonly ifNotExists: boolean;
  /** Null for a name that is made up from the table and the column. */
  readonly name: string | null;
  readonly table: QualifiedName;
  readonly targets: readonly IndexTarget[];
  /** What follows USING. */
  readonly className: string | null;
  readonly properties: Properties;
}

export interface DropIndex {
  readonly kind: 'DropIndex';
  readonly index: QualifiedName;
  readonly ifExists: boolean;
}

export interface CreateMaterializedView {
  readonly kind: 'CreateMaterializedView';
  readonly view: QualifiedName;
  readonly ifNotExists: boolean;
  readonly baseTable: QualifiedName;
  /** Empty for `*`. */
  readonly selectors: readonly Selector[];
  readonly where: WhereClause;
  readonly partitionKey: readonly string[];
  readonly clusteringColumns: readonly string[];
  readonly clusteringOrder: readonly ClusteringOrder[];
  readonly properties: Properties;
}

export interface AlterMaterializedView {
  readonly kind: 'AlterMaterializedView';
  readonly view: QualifiedName;
  readonly ifExists: boolean;
  readonly properties: Properties;
}

export interface DropMaterializedView {
  readonly kind: 'DropMaterializedView';
  readonly view: QualifiedName;
  readonly ifExists: boolean;
}

export interface FunctionArgument {
  readonly name: string;
  readonly type: CqlType;
}

export interface CreateFunction {
  readonly kind: 'CreateFunction';
  readonly function: FunctionName;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly args: readonly FunctionArgument[];
  readonly calledOnNullInput: boolean;
  readonly returnType: CqlType;
  /** In lower case. */
  readonly language: string;
  readonly body: string;
}

export interface DropFunction {
  readonly kind: 'DropFunction';
  readonly function: FunctionName;
  readonly ifExists: boolean;
  /** Null when no parentheses were written. */
  readonly argTypes: readonly CqlType[] | null;
}

export interface CreateAggregate {
  readonly kind: 'CreateAggregate';
  readonly aggregate: FunctionName;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly argTypes: readonly CqlType[];
  readonly stateFunction: string;
  readonly stateType: CqlType;
  readonly finalFunction: string | null;
  readonly initialCondition: Term | null;
}

export interface DropAggregate {
  readonly kind: 'DropAggregate';
  readonly aggregate: FunctionName;
  readonly ifExists: boolean;
  /** Null when no parentheses were written. */
  readonly argTypes: readonly CqlType[] | null;
}

export interface CreateTrigger {
  readonly kind: 'CreateTrigger';
  readonly trigger: string;
  readonly table: QualifiedName;
  readonly className: string;
  readonly ifNotExists: boolean;
}

export interface DropTrigger {
  readonly kind: 'DropTrigger';
  readonly trigger: string;
  readonly table: QualifiedName;
  readonly ifExists: boolean;
}

export type SchemaStatement =
  | CreateKeyspace
  | AlterKeyspace
  | DropKeyspace
  | CreateTable
  | AlterTable
  | DropTable
  | CreateType
  | AlterType
  | DropType
  | CreateIndex
  | DropIndex
  | CreateMaterializedView
  | AlterMaterializedView
  | DropMaterializedView
  | CreateFunction
  | DropFunction
  | CreateAggregate
  | DropAggregate
  | CreateTrigger
  | DropTrigger;
