/** Statements resolved against the schema, or refused with Cassandra's words. */
export { type PreparedAttributes, prepareAttributes } from './attributes.ts';
export { type PreparedBatch, prepareBatch } from './batch.ts';
export { BindVariables, columnReceiver, type Receiver } from './bind-variables.ts';
export type { ColumnSpecification } from './column-specification.ts';
export type { Predicate } from './conditions.ts';
export { AnalysisContext, type AnalysisEnvironment } from './context.ts';
export type { BoundValue, EvaluationContext } from './evaluation.ts';
export type * from './functions.ts';
export { conditionColumns, isConditional, type PreparedModification, prepareModification } from './modification.ts';
export { keyspaceOf, resolveColumn, resolveTable } from './names.ts';
export type { Operation } from './operations.ts';
export type { ComputedValue, NativeCall, PreparedTerm } from './prepared-term.ts';
export type { Restriction, SliceBound } from './restriction.ts';
export { StatementRestrictions } from './statement-restrictions.ts';
export type { TokenRange } from './token-restriction.ts';
