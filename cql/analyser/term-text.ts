import type { FunctionName, InValues, Relation, Term } from '../ast/index.ts';
import { quoteIdentifier } from '../types/index.ts';
import { typeText } from './type-resolution.ts';

/** A term as messages and column names repeat it (`Term.Raw.getText`). */
export function termText(term: Term): string {
  switch (term.kind) {
    case 'Constant':
      return term.type === 'STRING' ? `'${term.text}'` : term.text;
    case 'Null':
      return 'NULL';
    case 'BindMarker':
      return '?';
    case 'ListLiteral':
      return `[${term.elements.map(termText).join(', ')}]`;
    case 'SetLiteral':
      return `{${term.elements.map(termText).join(', ')}}`;
    case 'MapLiteral':
      return `{${term.entries.map(({ key, value }) => `${termText(key)}: ${termText(value)}`).join(', ')}}`;
    case 'UserTypeLiteral':
      return `{${term.fields.map(({ field, value }) => `${field}: ${termText(value)}`).join(', ')}}`;
    case 'TupleLiteral':
      return `(${term.elements.map(termText).join(', ')})`;
    case 'FunctionCall':
      return `${functionText(term.name)}(${term.args.map(termText).join(', ')})`;
    case 'TypeHint':
      return `(${typeText(term.type)})${termText(term.term)}`;
    case 'Cast':
      return `system.cast_as_${term.type.name}(${termText(term.term)})`;
    case 'BinaryOperation':
      return `${termText(term.left)} ${term.operator} ${termText(term.right)}`;
    case 'Negation':
      return `-${termText(term.operand)}`;
  }
}

/** A function's name as messages give it. */
export function functionText(name: FunctionName): string {
  return name.keyspace === null ? name.name : `${name.keyspace}.${name.name}`;
}

/** A relation as messages repeat it (`Relation.toString`). */
export function relationText(relation: Relation): string {
  switch (relation.kind) {
    case 'ColumnRelation':
      return `${quoteIdentifier(relation.column)} ${relation.operator} ${termText(relation.value)}`;
    case 'ColumnInRelation':
      return `${quoteIdentifier(relation.column)} IN ${inText(relation.values)}`;
    case 'IsNotNullRelation':
      return `${quoteIdentifier(relation.column)} IS NOT NULL`;
    case 'MapElementRelation': {
      const element = `${quoteIdentifier(relation.column)}[${termText(relation.key)}]`;
      return `${element} ${relation.operator} ${termText(relation.value)}`;
    }
    case 'TokenRelation':
      return `token${tupleOf(relation.columns)} ${relation.operator} ${termText(relation.value)}`;
    case 'MultiColumnRelation':
      return `${tupleOf(relation.columns)} ${relation.operator} ${termText(relation.value)}`;
    case 'MultiColumnInRelation':
      return `${tupleOf(relation.columns)} IN ${inText(relation.values)}`;
  }
}

function tupleOf(columns: readonly string[]): string {
  return `(${columns.map(quoteIdentifier).join(', ')})`;
}

function inText(values: InValues): string {
  return values.kind === 'InList' ? `(${values.terms.map(termText).join(', ')})` : '?';
}
