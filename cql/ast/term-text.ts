/** The texts of terms and types as Cassandra's messages show them. */

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

function functionText({ keyspace, name }: FunctionName): string {
  if (keyspace === null || (keyspace === 'system' && name === 'token')) return quoted(name);
  return `${quoted(keyspace)}.${quoted(name)}`;
}

const MARSHAL_PACKAGE = 'org.apache.cassandra.db.marshal.';

/** A type as messages show it: names without quotes, and tuples and vectors without the `frozen` that they always are. */
export function typeText(type: CqlType): string {
  const frozen = (text: string): string => ('frozen' in type && type.frozen ? `frozen<${text}>` : text);
  switch (type.kind) {
    case 'NativeType':
      return type.name;
    case 'CustomType':
      return `'${/^\w+\./.test(type.className) ? '' : MARSHAL_PACKAGE}${type.className}'`;
    case 'ListType':
      return frozen(`list<${typeText(type.element)}>`);
    case 'SetType':
      return frozen(`set<${typeText(type.element)}>`);
    case 'MapType':
      return frozen(`map<${typeText(type.key)}, ${typeText(type.value)}>`);
    case 'TupleType':
      return `tuple<${type.elements.map(typeText).join(', ')}>`;
    case 'VectorType':
      return `vector<${typeText(type.element)}, ${type.dimension}>`;
    case 'UserType': {
      const { keyspace, name } = type.name;
      return frozen(keyspace === null ? name : `${keyspace}.${name}`);
    }
  }
}

/** A term on one line, with functions for operators and casts, as Cassandra's `Term.Raw.getText` gives it. */
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
      return `{${term.fields.map(({ field, value }) => `${field}: ${termText(value)}`).join(', ')}}`;
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
