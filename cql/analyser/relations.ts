import {
  type ColumnInRelation,
  type ColumnRelation,
  type ComparisonOperator,
  type InValues,
  type MapElementRelation,
  type MultiColumnInRelation,
  type MultiColumnRelation,
  type Relation,
  relationText,
  type Term,
} from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';
import { cqlName, isCollection, isMultiCell, list, mentionsDuration } from '../types/index.ts';
import { columnReceiver, type Receiver } from './bind-variables.ts';
import type { AnalysisContext } from './context.ts';
import { prepareTuples, tupleOperand } from './multi-column.ts';
import { resolveColumn } from './names.ts';
import type { PreparedTerm } from './prepared-term.ts';
import { keyReceiver, valueReceiver } from './receivers.ts';
import type { Restriction, SliceBound } from './restriction.ts';

/** Relations that restrict columns; those on the token are kept apart. */
export type ColumnsRelation = Exclude<Relation, { kind: 'TokenRelation' | 'IsNotNullRelation' }>;

/** What a relation restricts, with its terms prepared (`Relation.toRestriction`). */
export function toRestriction(context: AnalysisContext, table: TableMetadata, relation: ColumnsRelation): Restriction {
  if ('operator' in relation && relation.operator === '!=') throw unsupportedNotEqual(relation);
  switch (relation.kind) {
    case 'ColumnRelation':
      return columnRestriction(context, table, relation);
    case 'ColumnInRelation':
      return inRestriction(context, table, relation);
    case 'MapElementRelation':
      return elementRestriction(context, table, relation);
    case 'MultiColumnRelation':
    case 'MultiColumnInRelation':
      return multiColumnRestriction(context, table, relation);
  }
}

export function unsupportedNotEqual(relation: Relation): Error {
  return invalidRequest(`Unsupported "!=" relation: ${relationText(relation)}`);
}

export function isSliceOperator(operator: string): operator is '<' | '<=' | '>' | '>=' {
  return operator === '<' || operator === '<=' || operator === '>' || operator === '>=';
}

/** A bound as the start or the end of a slice. */
export function sliceBounds(
  operator: '<' | '<=' | '>' | '>=',
  terms: readonly PreparedTerm[],
): { lower: SliceBound | null; upper: SliceBound | null } {
  const bound = { terms, inclusive: operator.length === 2 };
  return operator.startsWith('>') ? { lower: bound, upper: null } : { lower: null, upper: bound };
}

function columnRestriction(context: AnalysisContext, table: TableMetadata, relation: ColumnRelation): Restriction {
  const column = resolveColumn(table, relation.column);
  const receiver = checkReceiver(table, column, relation.operator, false);
  const on = { columns: [column], multi: false } as const;
  const { operator } = relation;
  if (operator === 'CONTAINS' || operator === 'CONTAINS KEY') {
    const expected = containsReceiver(receiver, operator);
    const term = context.prepareTerm(relation.value, expected);
    const none: readonly PreparedTerm[] = [];
    const [values, keys] = operator === 'CONTAINS' ? [[term], none] : [none, [term]];
    return { kind: 'contains', ...on, values, keys, entries: [] };
  }
  const terms = [context.prepareTerm(relation.value, receiver)];
  if (operator === 'LIKE') {
    throw invalidRequest(
      `LIKE restriction is only supported on properly indexed columns. ${relationText(relation)} is not valid.`,
    );
  }
  if (isSliceOperator(operator)) return { kind: 'slice', ...on, ...sliceBounds(operator, terms) };
  return { kind: 'eq', ...on, terms };
}

/** The value or key that a collection must contain. */
export function containsReceiver(receiver: Receiver, operator: 'CONTAINS' | 'CONTAINS KEY'): Receiver {
  const { type } = receiver;
  if (operator === 'CONTAINS KEY') {
    if (type.kind !== 'map') throw invalidRequest(`Cannot use CONTAINS KEY on non-map column ${receiver.name}`);
    return keyReceiver(receiver, type);
  }
  if (!isCollection(type)) throw invalidRequest(`Cannot use CONTAINS on non-collection column ${receiver.name}`);
  return valueReceiver(receiver, type.kind === 'map' ? type.values : type.elements);
}

/** Rules on which relations a type takes (`SingleColumnRelation.toReceivers`). */
function checkReceiver(table: TableMetadata, column: ColumnMetadata, operator: string, element: boolean): Receiver {
  const { type, name } = column;
  const receiver = columnReceiver(table, column);
  if (operator === 'CONTAINS' || operator === 'CONTAINS KEY') {
    containsReceiver(receiver, operator);
    return receiver;
  }
  if (isSliceOperator(operator) && mentionsDuration(type)) {
    if (isCollection(type))
      throw invalidRequest('Slice restrictions are not supported on collections containing durations');
    if (type.kind === 'tuple')
      throw invalidRequest('Slice restrictions are not supported on tuples containing durations');
    if (type.kind === 'udt') throw invalidRequest('Slice restrictions are not supported on UDTs containing durations');
    throw invalidRequest('Slice restrictions are not supported on duration columns');
  }
  if (isMultiCell(type) && !element) {
    if (type.kind === 'udt') {
      throw invalidRequest(`Non-frozen UDT column '${name}' (${cqlName(type)}) cannot be restricted by any relation`);
    }
    throw invalidRequest(
      `Collection column '${name}' (${cqlName(type)}) cannot be restricted by a '${operator}' relation`,
    );
  }
  return receiver;
}

/** Values of IN: a marker for the list, or terms. */
export type PreparedIn =
  | { readonly kind: 'marker'; readonly list: PreparedTerm }
  | { readonly kind: 'values'; readonly values: readonly PreparedTerm[] };

export function prepareIn(context: AnalysisContext, values: InValues, receiver: Receiver): PreparedIn {
  if (values.kind === 'BindMarker') {
    const { keyspace, table, name, type } = receiver;
    return {
      kind: 'marker',
      list: context.prepareTerm(values, { keyspace, table, name: `in(${name})`, type: list(type) }),
    };
  }
  return { kind: 'values', values: values.terms.map((term: Term) => context.prepareTerm(term, receiver)) };
}

function inRestriction(context: AnalysisContext, table: TableMetadata, relation: ColumnInRelation): Restriction {
  const column = resolveColumn(table, relation.column);
  const receiver = checkReceiver(table, column, 'IN', false);
  const prepared = prepareIn(context, relation.values, receiver);
  const on = { columns: [column], multi: false } as const;
  if (prepared.kind === 'marker') return { kind: 'inMarker', ...on, list: prepared.list };
  if (prepared.values.length === 1) return { kind: 'eq', ...on, terms: prepared.values };
  return { kind: 'in', ...on, tuples: prepared.values.map((value) => [value]) };
}

function elementRestriction(context: AnalysisContext, table: TableMetadata, relation: MapElementRelation): Restriction {
  const column = resolveColumn(table, relation.column);
  const receiver = checkReceiver(table, column, relation.operator, true);
  const { type, name } = column;
  if (type.kind === 'list') {
    throw invalidRequest(`Indexes on list entries (${name}[index] = value) are not currently supported.`);
  }
  if (type.kind !== 'map') throw invalidRequest(`Column ${name} cannot be used as a map`);
  if (type.frozen) throw invalidRequest(`Map-entry equality predicates on frozen map column ${name} are not supported`);
  if (relation.operator !== '=') throw invalidRequest('Only EQ relations are supported on map entries');
  const key = context.prepareTerm(relation.key, keyReceiver(receiver, type));
  const value = context.prepareTerm(relation.value, valueReceiver(receiver, type.values));
  return { kind: 'contains', columns: [column], multi: false, values: [], keys: [], entries: [[key, value]] };
}

function multiColumnRestriction(
  context: AnalysisContext,
  table: TableMetadata,
  relation: MultiColumnRelation | MultiColumnInRelation,
): Restriction {
  const columns = clusteringColumns(table, relation);
  const receivers = columns.map((column) => columnReceiver(table, column));
  const on = { columns, multi: true } as const;
  if (relation.kind === 'MultiColumnRelation') {
    const terms = tupleOperand(context, relation.value, receivers);
    const operator: ComparisonOperator = relation.operator;
    if (isSliceOperator(operator)) return { kind: 'slice', ...on, ...sliceBounds(operator, terms) };
    return { kind: 'eq', ...on, terms };
  }
  const prepared = prepareTuples(context, relation.values, receivers);
  if (!Array.isArray(prepared)) return { kind: 'inMarker', ...on, list: prepared as PreparedTerm };
  const tuples = prepared as readonly (readonly PreparedTerm[])[];
  const [only] = tuples;
  return only !== undefined && tuples.length === 1 ? { kind: 'eq', ...on, terms: only } : { kind: 'in', ...on, tuples };
}

function clusteringColumns(
  table: TableMetadata,
  relation: MultiColumnRelation | MultiColumnInRelation,
): readonly ColumnMetadata[] {
  const columns: ColumnMetadata[] = [];
  for (const name of relation.columns) {
    const column = resolveColumn(table, name);
    if (column.kind !== 'clustering') {
      throw invalidRequest(
        `Multi-column relations can only be applied to clustering columns but was applied to: ${column.name}`,
      );
    }
    if (columns.includes(column)) {
      throw invalidRequest(`Column "${column.name}" appeared twice in a relation: ${relationText(relation)}`);
    }
    const previous = columns.at(-1);
    if (previous !== undefined && column.position !== previous.position + 1) {
      throw invalidRequest(
        `Clustering columns must appear in the PRIMARY KEY order in multi-column relations: ${relationText(relation)}`,
      );
    }
    columns.push(column);
  }
  return columns;
}
