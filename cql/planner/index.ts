export type { ColumnSpecification } from '../analyser/column-specification.ts';
export type { BoundValue, EvaluationContext } from '../analyser/evaluation.ts';
export type * from './prepared-plan.ts';
