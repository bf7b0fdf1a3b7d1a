import { type Selectable, termText, typeText } from '../ast/index.ts';

/** A selectable as messages repeat it (`Selectable.toString`), user types with the keyspace of the table. */
export function selectableText(selectable: Selectable, keyspace: string): string {
  const inner = (of: Selectable): string => selectableText(of, keyspace);
  switch (selectable.kind) {
    case 'SelectedColumn':
      return selectable.name;
    case 'SelectedTerm':
      return termText(selectable.term);
    case 'SelectedCountRows':
      return 'count(*)';
    case 'SelectedWritetimeOrTtl':
      return `${selectable.function}(${inner(selectable.selected)})`;
    case 'SelectedCast':
      return `cast(${inner(selectable.selectable)} as ${selectable.type.name})`;
    case 'SelectedFunctionCall':
      return `${selectable.name.keyspace ?? 'system'}.${selectable.name.name}(${selectable.args.map(inner).join(', ')})`;
    case 'SelectedField':
      return `${inner(selectable.receiver)}.${selectable.field}`;
    case 'SelectedElement':
      return `${inner(selectable.receiver)}[${termText(selectable.element)}]`;
    case 'SelectedSlice': {
      const [from, to] = [selectable.from, selectable.to].map((term) => (term === null ? '' : termText(term)));
      return `${inner(selectable.receiver)}[${from}..${to}]`;
    }
    case 'SelectedTypeHint':
      return `(${typeText(selectable.type, keyspace)})${inner(selectable.selectable)}`;
    case 'SelectedParenthesesOrTuple':
      return `(${selectable.elements.map(inner).join(', ')})`;
    case 'SelectedList':
      return `[${selectable.elements.map(inner).join(', ')}]`;
    case 'SelectedSet':
      return `{${selectable.elements.map(inner).join(', ')}}`;
    case 'SelectedMapOrUserType':
      return `{${selectable.entries.map(({ key, value }) => `${inner(key)}: ${inner(value)}`).join(', ')}}`;
    case 'SelectedOperation':
      return `${inner(selectable.left)} ${selectable.operator} ${inner(selectable.right)}`;
    case 'SelectedNegation':
      return `-${inner(selectable.operand)}`;
  }
}
