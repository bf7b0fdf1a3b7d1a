import { termText } from '../analyser/term-text.ts';
import { typeText } from '../analyser/type-resolution.ts';
import type { Selectable } from '../ast/index.ts';

/** A selectable as messages repeat it (`Selectable.toString`). */
export function selectableText(selectable: Selectable): string {
  switch (selectable.kind) {
    case 'SelectedColumn':
      return selectable.name;
    case 'SelectedTerm':
      return termText(selectable.term);
    case 'SelectedCountRows':
      return 'count(*)';
    case 'SelectedWritetimeOrTtl':
      return `${selectable.function}(${selectableText(selectable.selected)})`;
    case 'SelectedCast':
      return `cast(${selectableText(selectable.selectable)} as ${selectable.type.name})`;
    case 'SelectedFunctionCall':
      return `${selectable.name.keyspace ?? 'system'}.${selectable.name.name}(${selectable.args.map(selectableText).join(', ')})`;
    case 'SelectedField':
      return `${selectableText(selectable.receiver)}.${selectable.field}`;
    case 'SelectedElement':
      return `${selectableText(selectable.receiver)}[${termText(selectable.element)}]`;
    case 'SelectedSlice': {
      const [from, to] = [selectable.from, selectable.to].map((term) => (term === null ? '' : termText(term)));
      return `${selectableText(selectable.receiver)}[${from}..${to}]`;
    }
    case 'SelectedTypeHint':
      return `(${typeText(selectable.type)})${selectableText(selectable.selectable)}`;
    case 'SelectedParenthesesOrTuple':
      return `(${selectable.elements.map(selectableText).join(', ')})`;
    case 'SelectedList':
      return `[${selectable.elements.map(selectableText).join(', ')}]`;
    case 'SelectedSet':
      return `{${selectable.elements.map(selectableText).join(', ')}}`;
    case 'SelectedMapOrUserType':
      return `{${selectable.entries.map(({ key, value }) => `${selectableText(key)}: ${selectableText(value)}`).join(', ')}}`;
    case 'SelectedOperation':
      return `${selectableText(selectable.left)} ${selectable.operator} ${selectableText(selectable.right)}`;
    case 'SelectedNegation':
      return `-${selectableText(selectable.operand)}`;
  }
}
