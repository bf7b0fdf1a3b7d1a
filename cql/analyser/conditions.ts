import type { Condition as RawCondition, Term } from '../ast/index.ts';
import { invalidRequest, serverError } from '../errors/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';
import { type CqlType, isCollection, mentionsDuration } from '../types/index.ts';
import { columnReceiver, type Receiver } from './bind-variables.ts';
import type { AnalysisContext } from './context.ts';
import type { PreparedTerm } from './prepared-term.ts';
import { fieldReceiver, indexReceiver, keyReceiver, valueReceiver } from './receivers.ts';
import { containsReceiver, isSliceOperator, type PreparedIn, prepareIn } from './relations.ts';

export type ComparisonName = '=' | '<' | '<=' | '>' | '>=' | '!=' | 'CONTAINS' | 'CONTAINS KEY';

/** A predicate on a column, an element or a field of it: of an IF clause or of a row filter. */
export interface Predicate {
  readonly column: ColumnMetadata;
  readonly element: PreparedTerm | null;
  readonly field: number | null;
  readonly comparison:
    | { readonly operator: ComparisonName; readonly value: PreparedTerm }
    | { readonly operator: 'IN'; readonly values: PreparedIn };
}

/** One condition of IF (`ColumnCondition.Raw.prepare`). */
export function prepareCondition(
  context: AnalysisContext,
  table: TableMetadata,
  column: ColumnMetadata,
  raw: RawCondition,
): Predicate {
  if (column.type.kind === 'counter') throw invalidRequest('Conditions on counters are not supported');
  const { element: rawElement, field: rawField } = raw.target;
  const operator = raw.kind === 'InCondition' ? 'IN' : raw.operator;
  let receiver = columnReceiver(table, column);
  let elementReceiver: Receiver | null = null;
  let field: number | null = null;
  if (rawElement !== null) {
    ({ key: elementReceiver, value: receiver } = elementReceivers(receiver, column));
  } else if (rawField !== null) {
    const { type } = column;
    if (type.kind !== 'udt') throw serverError(`Column ${column.name} is not of a user type`);
    field = type.fields.findIndex((candidate) => candidate.name === rawField);
    if (field < 0) throw invalidRequest(`Unknown field ${rawField} for column ${column.name}`);
    receiver = fieldReceiver(receiver, rawField, type.fields[field]?.type as CqlType);
  }
  checkDurations(receiver.type, operator);
  const element = elementReceiver === null ? null : context.prepareTerm(rawElement as Term, elementReceiver);
  return { column, element, field, comparison: prepareComparison(context, raw, receiver) };
}

function prepareComparison(context: AnalysisContext, raw: RawCondition, receiver: Receiver): Predicate['comparison'] {
  if (raw.kind === 'InCondition') return { operator: 'IN', values: prepareIn(context, raw.values, receiver) };
  const { operator, value } = raw;
  const expected =
    operator === 'CONTAINS' || operator === 'CONTAINS KEY' ? containsReceiver(receiver, operator) : receiver;
  return { operator, value: context.prepareTerm(value, expected) };
}

function elementReceivers(receiver: Receiver, column: ColumnMetadata): { key: Receiver; value: Receiver } {
  const { type, name } = column;
  if (!isCollection(type)) throw invalidRequest(`Invalid element access syntax for non-collection column ${name}`);
  switch (type.kind) {
    case 'list':
      return { key: indexReceiver(receiver), value: valueReceiver(receiver, type.elements) };
    case 'map':
      return { key: keyReceiver(receiver, type), value: valueReceiver(receiver, type.values) };
    case 'set':
      throw invalidRequest(`Invalid element access syntax for set column ${name}`);
  }
}

function checkDurations(type: CqlType, operator: string): void {
  if (!isSliceOperator(operator) || !mentionsDuration(type)) return;
  if (isCollection(type))
    throw invalidRequest('Slice conditions are not supported on collections containing durations');
  if (type.kind === 'tuple') throw invalidRequest('Slice conditions are not supported on tuples containing durations');
  if (type.kind === 'udt') throw invalidRequest('Slice conditions are not supported on UDTs containing durations');
  throw invalidRequest(`Slice conditions ( ${operator} ) are not supported on durations`);
}
