/** The text of a term as Cassandra's messages show it (`Term.Raw.getText`). */

import type { FunctionName } from './names.ts';
import type { ArithmeticOperator, Term } from './term.ts';
import type { CqlType } from './type.ts';

const OPERATOR_FUNCTIONS: Readonly<Record<ArithmeticOperator, string>> = {
  '+': '_add',
  '-': '_substract',
  '*': '_multiply',
  '/': '_divide',
  '%': '_modulo',
};

function quoted(name: string): string {
  return /^[a-z][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function functionText(name: FunctionName): string {
  return name.keyspace === null ? quoted(name.name) : `${quoted(name.keyspace)}.${quoted(name.name)}`;
}

/** The text of a type as written, e.g. `frozen<list<int>>`. */
export function typeText(type: CqlType): string {
  switch (type.kind) {
    case 'NativeType':
      return type.name;
    case 'CustomType':
      return `'${type.className}'`;
    default: {
      const text = unfrozenText(type);
      return type.frozen ? `frozen<${text}>` : text;
    }
  }
}

function unfrozenText(type: Exclude<CqlType, { kind: 'NativeType' | 'CustomType' }>): string {
  switch (type.kind) {
    case 'ListType':
      return `list<${typeText(type.element)}>`;
    case 'SetType':
      return `set<${typeText(type.element)}>`;
    case 'MapType':
      return `map<${typeText(type.key)}, ${typeText(type.value)}>`;
    case 'TupleType':
      return `tuple<${type.elements.map(typeText).join(', ')}>`;
    case 'VectorType':
      return `vector<${typeText(type.element)}, ${type.dimension}>`;
    case 'UserType':
      return functionText(type.name);
  }
}

export function termText(term: Term): string {
  const list = (terms: readonly Term[]): string => terms.map(termText).join(', ');
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
      return `{${term.entries.map(({ key, value }) => `${termText(key)}: ${termText(value)}`).join(', ')}}`;
    case 'UserTypeLiteral':
      return `{${term.fields.map(({ field, value }) => `${quoted(field)}: ${termText(value)}`).join(', ')}}`;
    case 'FunctionCall':
      return `${functionText(term.name)}(${list(term.args)})`;
    case 'TypeHint':
      return `(${typeText(term.type)})${termText(term.term)}`;
    case 'Cast':
      return `system.cast_as_${term.type.name}(${termText(term.term)})`;
    case 'BinaryOperation':
      return `system."${OPERATOR_FUNCTIONS[term.operator]}"(${termText(term.left)}, ${termText(term.right)})`;
    case 'Negation':
      return `system."_negate"(${termText(term.operand)})`;
  }
}
