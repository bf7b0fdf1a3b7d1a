/** The texts of terms, function names and relations as Cassandra's messages and column names show them. */

import { quoteIdentifier } from '../types/index.ts';
import type { FunctionName } from './names.ts';
import { castFunction, NEGATION, operatorFunction } from './operator-functions.ts';
import type { InValues, Relation } from './relation.ts';
import type { Term } from './term.ts';
import { typeText } from './type-text.ts';

/** A function's name as messages about the function give it (`FunctionName.toString`). */
export function functionText({ keyspace, name }: FunctionName): string {
  return keyspace === null ? name : `${keyspace}.${name}`;
}

/** A function's name inside a term (`FunctionName.toCQLString`). */
function calledText({ keyspace, name }: FunctionName): string {
  if (name === 'token' && (keyspace === null || keyspace === 'system')) return name;
  return keyspace === null ? quoteIdentifier(name) : `${quoteIdentifier(keyspace)}.${quoteIdentifier(name)}`;
}

/**
 * A term on one line (`Term.Raw.getText`), with functions for operators and casts. `keyspace` is that of the table when
 * the term's type hints have been resolved, which names their user types.
 */
export function termText(term: Term, keyspace: string | null = null): string {
  const inner = (of: Term): string => termText(of, keyspace);
  const list = (terms: readonly Term[]): string => terms.map(inner).join(', ');
  switch (term.kind) {
    case 'Constant':
      return term.type === 'STRING' ? `'${term.text}'` : term.text;
    case 'Null':
      return 'NULL';
    case 'BindMarker':
      return '?';
    case 'ListLiteral':
      return `[${list(term.elements)}]`;
    case 'SetLiteral':
      return `{${list(term.elements)}}`;
    case 'TupleLiteral':
      return `(${list(term.elements)})`;
    case 'MapLiteral':
      return `{${term.entries.map(({ key, value }) => `${inner(key)}: ${inner(value)}`).join(', ')}}`;
    case 'UserTypeLiteral':
      return `{${term.fields.map(({ field, value }) => `${field}: ${inner(value)}`).join(', ')}}`;
    case 'FunctionCall':
      return `${calledText(term.name)}(${list(term.args)})`;
    case 'TypeHint':
      return `(${typeText(term.type, keyspace)})${inner(term.term)}`;
    case 'Cast':
      return `${calledText(castFunction(term.type.name))}(${inner(term.term)})`;
    case 'BinaryOperation':
      return `${calledText(operatorFunction(term.operator))}(${inner(term.left)}, ${inner(term.right)})`;
    case 'Negation':
      return `${calledText(NEGATION)}(${inner(term.operand)})`;
  }
}

/** A relation (`Relation.toString`). */
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
  return values.kind === 'InList' ? `(${values.terms.map((term) => termText(term)).join(', ')})` : '?';
}
