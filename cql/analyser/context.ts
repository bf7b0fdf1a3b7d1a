import type { Term } from '../ast/index.ts';
import type { Schema } from '../schema/index.ts';
import type { Assignability } from '../types/index.ts';
import { BindVariables, type Receiver } from './bind-variables.ts';
import type { EvaluationContext } from './evaluation.ts';
import type { FunctionLibrary } from './functions.ts';
import type { PreparedTerm } from './prepared-term.ts';

/** What a statement is analysed against. */
export interface AnalysisEnvironment {
  readonly schema: Schema;
  /** The keyspace in use, null before the first USE. */
  readonly keyspace: string | null;
  readonly functions: FunctionLibrary;
  readonly evaluation: EvaluationContext;
  /** The node's own statement, which may write virtual tables. */
  readonly internal: boolean;
}

/** The analysis of terms, which the parts of terms need in their turn. */
export interface TermAnalysis {
  /** Gives a term its type and serializes what is constant in it (`Term.Raw.prepare`). */
  prepare(context: AnalysisContext, term: Term, receiver: Receiver): PreparedTerm;
  /** Whether a term may be given to a receiver, before it is prepared (`AssignmentTestable.testAssignment`). */
  test(context: AnalysisContext, term: Term, receiver: Receiver): Assignability;
}

/** The state of one analysis: what the statement binds and what it warns of. */
export class AnalysisContext {
  readonly environment: AnalysisEnvironment;
  readonly variables: BindVariables;
  readonly warnings: string[] = [];
  private readonly terms: TermAnalysis;

  constructor(environment: AnalysisEnvironment, markerCount: number, terms: TermAnalysis) {
    this.terms = terms;
    this.environment = environment;
    this.variables = new BindVariables(markerCount);
  }

  get schema(): Schema {
    return this.environment.schema;
  }

  prepareTerm(term: Term, receiver: Receiver): PreparedTerm {
    return this.terms.prepare(this, term, receiver);
  }

  testTerm(term: Term, receiver: Receiver): Assignability {
    return this.terms.test(this, term, receiver);
  }
}
