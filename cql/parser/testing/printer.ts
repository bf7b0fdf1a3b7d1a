/** Writes syntax trees as CQL, for the test that reading gives back what was written. */

import type {
  Batch,
  Condition,
  CqlType,
  Delete,
  FunctionName,
  Insert,
  InValues,
  Modification,
  Operation,
  QualifiedName,
  Relation,
  Select,
  Selectable,
  Term,
  Update,
  UsingAttributes,
} from '../../ast/index.ts';
import { quoteIdentifier as id } from '../../types/index.ts';

function list<T>(items: readonly T[], print: (item: T) => string): string {
  return items.map(print).join(', ');
}

export function printName({ keyspace, name }: QualifiedName | FunctionName): string {
  return keyspace === null ? id(name) : `${id(keyspace)}.${id(name)}`;
}

export function printType(type: CqlType): string {
  const frozen = (text: string): string => ('frozen' in type && type.frozen ? `frozen<${text}>` : text);
  switch (type.kind) {
    case 'NativeType':
      return type.name;
    case 'ListType':
      return frozen(`list<${printType(type.element)}>`);
    case 'SetType':
      return frozen(`SET<${printType(type.element)}>`);
    case 'MapType':
      return frozen(`map<${printType(type.key)}, ${printType(type.value)}>`);
    case 'TupleType':
      return frozen(`tuple<${list(type.elements, printType)}>`);
    case 'VectorType':
      return frozen(`vector<${printType(type.element)}, ${type.dimension}>`);
    case 'UserType':
      return frozen(printName(type.name));
    case 'CustomType':
      return `'${type.className}'`;
  }
}

export function printTerm(term: Term): string {
  switch (term.kind) {
    case 'Constant':
      return term.type === 'STRING' ? `'${term.text.replaceAll("'", "''")}'` : term.text;
    case 'Null':
      return 'null';
    case 'BindMarker':
      return term.name === null ? '?' : `:${id(term.name)}`;
    case 'ListLiteral':
      return `[${list(term.elements, printTerm)}]`;
    case 'SetLiteral':
      return `{${list(term.elements, printTerm)}}`;
    case 'MapLiteral':
      return `{${list(term.entries, ({ key, value }) => `${printTerm(key)}: ${printTerm(value)}`)}}`;
    case 'UserTypeLiteral':
      return `{${list(term.fields, ({ field, value }) => `${id(field)}: ${printTerm(value)}`)}}`;
    case 'TupleLiteral':
      return `(${list(term.elements, printTerm)})`;
    case 'FunctionCall':
      return `${printName(term.name)}(${list(term.args, printTerm)})`;
    case 'TypeHint':
      return `(${printType(term.type)}) ${printTerm(term.term)}`;
    case 'Cast':
      return `CAST(${printTerm(term.term)} AS ${term.type.name})`;
    case 'BinaryOperation':
      return `${printTerm(term.left)} ${term.operator} ${printTerm(term.right)}`;
    case 'Negation':
      return `- ${printTerm(term.operand)}`;
  }
}

export function printSelectable(selectable: Selectable): string {
  switch (selectable.kind) {
    case 'SelectedColumn':
      return id(selectable.name);
    case 'SelectedTerm':
      return printTerm(selectable.term);
    case 'SelectedCountRows':
      return 'COUNT(*)';
    case 'SelectedWritetimeOrTtl':
      return `${selectable.function}(${printSelectable(selectable.selected)})`;
    case 'SelectedCast':
      return `cast(${printSelectable(selectable.selectable)} as ${selectable.type.name})`;
    case 'SelectedFunctionCall':
      return `${printName(selectable.name)}(${list(selectable.args, printSelectable)})`;
    case 'SelectedField':
      return `${printSelectable(selectable.receiver)}.${id(selectable.field)}`;
    case 'SelectedElement':
      return `${printSelectable(selectable.receiver)}[${printTerm(selectable.element)}]`;
    case 'SelectedSlice': {
      const end = (term: Term | null): string => (term === null ? '' : ` ${printTerm(term)} `);
      return `${printSelectable(selectable.receiver)}[${end(selectable.from)}..${end(selectable.to)}]`;
    }
    case 'SelectedTypeHint':
      return `(${printType(selectable.type)}) ${printSelectable(selectable.selectable)}`;
    case 'SelectedParenthesesOrTuple':
      return `(${list(selectable.elements, printSelectable)})`;
    case 'SelectedList':
      return `[${list(selectable.elements, printSelectable)}]`;
    case 'SelectedSet':
      return `{${list(selectable.elements, printSelectable)}}`;
    case 'SelectedMapOrUserType':
      return `{${list(selectable.entries, ({ key, value }) => `${printSelectable(key)} : ${printSelectable(value)}`)}}`;
    case 'SelectedOperation':
      return `${printSelectable(selectable.left)} ${selectable.operator} ${printSelectable(selectable.right)}`;
    case 'SelectedNegation':
      return `- ${printSelectable(selectable.operand)}`;
  }
}

function printInValues(values: InValues): string {
  return values.kind === 'InList' ? `(${list(values.terms, printTerm)})` : printTerm(values);
}

function printRelation(relation: Relation): string {
  const columns = 'columns' in relation ? `(${list(relation.columns, id)})` : '';
  switch (relation.kind) {
    case 'ColumnRelation':
      return `${id(relation.column)} ${relation.operator} ${printTerm(relation.value)}`;
    case 'ColumnInRelation':
      return `${id(relation.column)} IN ${printInValues(relation.values)}`;
    case 'IsNotNullRelation':
      return `${id(relation.column)} IS NOT NULL`;
    case 'MapElementRelation':
      return `${id(relation.column)}[${printTerm(relation.key)}] ${relation.operator} ${printTerm(relation.value)}`;
    case 'TokenRelation':
      return `token${columns} ${relation.operator} ${printTerm(relation.value)}`;
    case 'MultiColumnRelation':
      return `${columns} ${relation.operator} ${printTerm(relation.value)}`;
    case 'MultiColumnInRelation':
      return `${columns} IN ${printInValues(relation.values)}`;
  }
}

function printWhere({ relations, expressions }: Select['where']): string {
  const parts = [
    ...relations.map(printRelation),
    ...expressions.map(({ index, value }) => `expr(${id(index.name)}, ${printTerm(value)})`),
  ];
  return parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`;
}

export function printSelect(select: Select): string {
  const selectors = list(
    select.selectors,
    ({ selectable, alias }) => printSelectable(selectable) + (alias === null ? '' : ` AS ${id(alias)}`),
  );
  const orderBy = list(select.orderBy, ({ column, ann, direction }) =>
    [id(column), ann === null ? '' : `ANN OF ${printTerm(ann)}`, direction].join(' '),
  );
  return [
    `SELECT${select.json ? ' JSON' : ''}${select.distinct ? ' DISTINCT' : ''} ${selectors || '*'}`,
    ` FROM ${printName(select.table)}${printWhere(select.where)}`,
    select.groupBy.length === 0 ? '' : ` GROUP BY ${list(select.groupBy, printSelectable)}`,
    orderBy === '' ? '' : ` ORDER BY ${orderBy}`,
    select.perPartitionLimit === null ? '' : ` PER PARTITION LIMIT ${printTerm(select.perPartitionLimit)}`,
    select.limit === null ? '' : ` LIMIT ${printTerm(select.limit)}`,
    select.allowFiltering ? ' ALLOW FILTERING' : '',
  ].join('');
}

function printUsing({ timestamp, ttl }: UsingAttributes): string {
  const parts = [
    ...(timestamp === null ? [] : [`TIMESTAMP ${printTerm(timestamp)}`]),
    ...(ttl === null ? [] : [`TTL ${printTerm(ttl)}`]),
  ];
  return parts.length === 0 ? '' : ` USING ${parts.join(' AND ')}`;
}

function printInsert(insert: Insert): string {
  const columns = list(insert.columns, id);
  const condition = insert.ifNotExists ? ' IF NOT EXISTS' : '';
  const values = list(insert.values, printTerm);
  return `INSERT INTO ${printName(insert.table)} (${columns}) VALUES (${values})${condition}${printUsing(insert.using)}`;
}

function printOperation(operation: Operation): string {
  const column = id(operation.column);
  const value = printTerm(operation.value);
  switch (operation.kind) {
    case 'SetValue':
      return `${column} = ${value}`;
    case 'SetElement':
      return `${column}[${printTerm(operation.key)}] = ${value}`;
    case 'SetField':
      return `${column}.${id(operation.field)} = ${value}`;
    case 'Addition':
      return `${column} = ${column} + ${value}`;
    case 'Subtraction':
      return `${column} -= ${value}`;
    case 'Prepend':
      return `${column} = ${value} + ${column}`;
  }
}

function printConditions(conditions: readonly Condition[], ifExists: boolean): string {
  if (ifExists) return ' IF EXISTS';
  const parts = conditions.map((condition) => {
    const { column, element, field } = condition.target;
    const part = field === null ? '' : `.${id(field)}`;
    const target = id(column) + (element === null ? part : `[${printTerm(element)}]`);
    return condition.kind === 'InCondition'
      ? `${target} IN ${printInValues(condition.values)}`
      : `${target} ${condition.operator} ${printTerm(condition.value)}`;
  });
  return parts.length === 0 ? '' : ` IF ${parts.join(' AND ')}`;
}

function printUpdate(update: Update): string {
  const { table, using, operations, where, conditions, ifExists } = update;
  const set = list(operations, printOperation);
  return `UPDATE ${printName(table)}${printUsing(using)} SET ${set}${printWhere(where)}${printConditions(conditions, ifExists)}`;
}

function printDelete({ table, using, deletions, where, conditions, ifExists }: Delete): string {
  const what = list(deletions, (deletion) => {
    if (deletion.kind === 'FieldDeletion') return `${id(deletion.column)}.${id(deletion.field)}`;
    return id(deletion.column) + (deletion.kind === 'ElementDeletion' ? `[${printTerm(deletion.element)}]` : '');
  });
  return `DELETE ${what} FROM ${printName(table)}${printUsing(using)}${printWhere(where)}${printConditions(conditions, ifExists)}`;
}

export function printModification(modification: Exclude<Modification, { kind: 'InsertJson' }>): string {
  switch (modification.kind) {
    case 'Insert':
      return printInsert(modification);
    case 'Update':
      return printUpdate(modification);
    case 'Delete':
      return printDelete(modification);
  }
}

export function printBatch({ type, using, statements }: Batch): string {
  const body = statements.map((statement) =>
    statement.kind === 'InsertJson' ? '' : `${printModification(statement)};`,
  );
  return `BEGIN ${type === 'LOGGED' ? '' : type} BATCH${printUsing(using)} ${body.join(' ')} APPLY BATCH`;
}
