import type { AnalysisContext, Receiver } from '../analyser/index.ts';
import type { Selectable } from '../ast/index.ts';
import { type CqlError, invalidRequest } from '../errors/index.ts';
import type { TableMetadata } from '../schema/index.ts';
import type { CqlType } from '../types/index.ts';
import type { PreparedSelector, RawSelection } from './selector.ts';

/** Where selectors are prepared: the statement's context, its table, and the raw cells collected so far. */
export interface SelectionContext {
  readonly analysis: AnalysisContext;
  readonly table: TableMetadata;
  readonly raw: RawSelection;
  /** Resolves a selectable inside another; `expected` is the type that its place asks for, null when any will do. */
  prepare(selectable: Selectable, expected?: CqlType | null): PreparedSelector;
}

/** The receiver of a marker or literal in a selection. */
export function selectionReceiver({ table }: SelectionContext, type: CqlType): Receiver {
  return { keyspace: table.keyspace, table: table.name, name: '[selection]', type };
}

export function cannotInfer(text: string): CqlError {
  return invalidRequest(`Cannot infer type for term ${text} in selection clause (try using a cast to force a type)`);
}
