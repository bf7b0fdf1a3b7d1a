/** From a statement's syntax tree to a plan that the shards run, or an error in Cassandra's words. */
export type { ColumnSpecification } from '../analyser/column-specification.ts';
export type { BoundValue, EvaluationContext } from '../analyser/evaluation.ts';
export { resultMetadataId } from './encode-metadata.ts';
export { type PlanEnvironment, plan } from './plan.ts';
export type * from './prepared-plan.ts';
