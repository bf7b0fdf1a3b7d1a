import type { AnalysisContext, Receiver } from '../analyser/index.ts';
import type { TableMetadata } from '../schema/index.ts';
import type { CqlType } from '../types/index.ts';
import type { RawSelection } from './selector.ts';

/** Where selectors are prepared: the statement's context, its table, and the raw cells collected so far. */
export interface SelectionContext {
  readonly analysis: AnalysisContext;
  readonly table: TableMetadata;
  readonly raw: RawSelection;
}

/** The receiver of a marker or literal in a selection. */
export function selectionReceiver({ table }: SelectionContext, type: CqlType): Receiver {
  return { keyspace: table.keyspace, table: table.name, name: '[selection]', type };
}
