import { resolveColumn } from '../analyser/index.ts';
import type { Selectable, Selector } from '../ast/index.ts';
import type { TableMetadata } from '../schema/index.ts';

/** The names of the columns that selectors mention, in the order written. */
export function columnNames(selectors: readonly Selector[]): string[] {
  return selectors.flatMap(({ selectable }) => namesIn(selectable));
}

function namesIn(selectable: Selectable): string[] {
  switch (selectable.kind) {
    case 'SelectedColumn':
      return [selectable.name];
    case 'SelectedWritetimeOrTtl':
      return [selectable.column, ...namesIn(selectable.selected)];
    case 'SelectedCast':
    case 'SelectedTypeHint':
      return namesIn(selectable.selectable);
    case 'SelectedFunctionCall':
      return selectable.args.flatMap(namesIn);
    case 'SelectedField':
    case 'SelectedElement':
    case 'SelectedSlice':
      return namesIn(selectable.receiver);
    case 'SelectedParenthesesOrTuple':
    case 'SelectedList':
    case 'SelectedSet':
      return selectable.elements.flatMap(namesIn);
    case 'SelectedMapOrUserType':
      // A key that is a name may be a field of a user type.
      return selectable.entries.flatMap(({ value }) => namesIn(value));
    case 'SelectedOperation':
      return [...namesIn(selectable.left), ...namesIn(selectable.right)];
    case 'SelectedNegation':
      return namesIn(selectable.operand);
    default:
      return [];
  }
}

/** Names are resolved before anything else of a SELECT is looked at. */
export function checkColumnNames(table: TableMetadata, selectors: readonly Selector[]): void {
  for (const name of columnNames(selectors)) resolveColumn(table, name);
}
