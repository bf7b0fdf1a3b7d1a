/** What stands between SELECT and FROM: its columns, the cells it needs, and how rows are made of them. */
export { prepareSelection, type RowMaker, rowMaker, type Selection, selectedColumns } from './selection.ts';
export type { Bytes, Execution, InputRow, PreparedSelector, RawColumn, RawKind } from './selector.ts';
export { RawSelection } from './selector.ts';
