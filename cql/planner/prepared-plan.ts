import type { ColumnSpecification } from '../analyser/column-specification.ts';
import type { BoundValue, EvaluationContext } from '../analyser/evaluation.ts';
import type { Describe, RoleStatement, SchemaStatement } from '../ast/index.ts';
import type { TableMetadata } from '../schema/index.ts';
import type { CqlType } from '../types/index.ts';

/** What every statement has, data or not: the answer to PREPARE. */
export interface PlanMetadata {
  readonly bindVariables: readonly ColumnSpecification[];
  /** For each partition key column its marker, or empty when the key is not given whole by markers. */
  readonly partitionKeyBindIndexes: readonly number[];
  /** Null for a statement that gives no rows. */
  readonly resultColumns: readonly ColumnSpecification[] | null;
  /** MD5 over the result columns (v5); that of no columns when there are none. */
  readonly resultMetadataId: Uint8Array;
  readonly warnings: readonly string[];
}

/** Terms that only the worker can evaluate and rows that only it can finish. */
export interface SlowPart {
  /** In order: the executor gets their values after those of the markers. */
  readonly computedTerms: readonly ComputedTerm[];
  /** Null when the executor's rows are the result as they are. */
  readonly rows: RowFinisher | null;
}

export interface ComputedTerm {
  readonly type: CqlType;
  /** Throws the CqlError of the function or operation that fails. */
  evaluate(values: readonly BoundValue[], context: EvaluationContext): BoundValue;
}

/** The cells of one row, in the order of the plan's selection on the way in and of the result columns on the way out. */
export type Row = readonly (Uint8Array | null)[];

export interface RowFinisher {
  /** Whether all pages become one row: the worker reads on to the last page and asks `finish` for it. */
  readonly aggregates: boolean;
  /** What each execution tells its client; null for most. */
  readonly warning: string | null;
  start(values: readonly BoundValue[], context: EvaluationContext): RowRun;
}

/** One execution of a finisher. */
export interface RowRun {
  /** Finished rows of a page; empty while aggregating. */
  page(rows: readonly Row[]): Row[];
  /** What is left after the last page: the row of an aggregation, else nothing. */
  finish(): Row[];
}

interface DataPlanFields extends PlanMetadata {
  /** docs/formats/plan.md */
  readonly bytes: Uint8Array;
  readonly statement: 'select' | 'modification' | 'batch';
  readonly tables: readonly TableMetadata[];
  /** Whether the statement carries conditions (IF), so that its serial consistency matters. */
  readonly conditional: boolean;
}

/** Runs in the shard alone. */
export interface NativePlan extends DataPlanFields {
  readonly kind: 'native';
}

/** Runs in the shard with the worker's help. */
export interface SlowPlan extends DataPlanFields {
  readonly kind: 'slow';
  readonly slow: SlowPart;
}

export type DataPlan = NativePlan | SlowPlan;

export interface SchemaPlan extends PlanMetadata {
  readonly kind: 'schema';
  readonly statement: SchemaStatement;
  /** The keyspace in use when the statement was planned. */
  readonly keyspace: string | null;
}

export interface UsePlan extends PlanMetadata {
  readonly kind: 'use';
  readonly keyspace: string;
}

export interface TruncatePlan extends PlanMetadata {
  readonly kind: 'truncate';
  readonly table: TableMetadata;
}

export interface DescribePlan extends PlanMetadata {
  readonly kind: 'describe';
  readonly statement: Describe;
  readonly keyspace: string | null;
}

export interface RolePlan extends PlanMetadata {
  readonly kind: 'role';
  readonly statement: RoleStatement;
}

export type PreparedPlan = DataPlan | SchemaPlan | UsePlan | TruncatePlan | DescribePlan | RolePlan;
