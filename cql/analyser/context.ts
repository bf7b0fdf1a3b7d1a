import type { Schema } from '../schema/index.ts';
import { BindVariables } from './bind-variables.ts';
import type { EvaluationContext } from './evaluation.ts';
import type { FunctionLibrary } from './functions.ts';

/** What a statement is analysed against. */
export interface AnalysisEnvironment {
  readonly schema: Schema;
  /** The keyspace in use, null before the first USE. */
  readonly keyspace: string | null;
  readonly functions: FunctionLibrary;
  readonly evaluation: EvaluationContext;
}

/** The state of one analysis: what the statement binds and what it warns of. */
export class AnalysisContext {
  readonly environment: AnalysisEnvironment;
  readonly variables: BindVariables;
  readonly warnings: string[] = [];

  constructor(environment: AnalysisEnvironment, markerCount: number) {
    this.environment = environment;
    this.variables = new BindVariables(markerCount);
  }

  get schema(): Schema {
    return this.environment.schema;
  }
}
