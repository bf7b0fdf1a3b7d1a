import { type Operation as RawOperation, type Term, termText } from '../ast/index.ts';
import { CqlError, invalidRequest } from '../errors/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';
import { type CqlType, isCollection, isMultiCell, set } from '../types/index.ts';
import { columnReceiver, type Receiver } from './bind-variables.ts';
import type { AnalysisContext } from './context.ts';
import type { PreparedTerm } from './prepared-term.ts';
import { fieldReceiver, indexReceiver, keyReceiver, valueReceiver } from './receivers.ts';

/** What a modification does to one column. */
export type Operation =
  | { readonly kind: 'set'; readonly column: ColumnMetadata; readonly value: PreparedTerm }
  | { readonly kind: 'deleteColumn'; readonly column: ColumnMetadata }
  | {
      readonly kind: 'append' | 'prepend' | 'add' | 'remove' | 'increment' | 'decrement';
      readonly column: ColumnMetadata;
      readonly value: PreparedTerm;
    }
  | { readonly kind: 'put'; readonly column: ColumnMetadata; readonly key: PreparedTerm; readonly value: PreparedTerm }
  | { readonly kind: 'deleteKey'; readonly column: ColumnMetadata; readonly key: PreparedTerm }
  | { readonly kind: 'setField'; readonly column: ColumnMetadata; readonly field: number; readonly value: PreparedTerm }
  | { readonly kind: 'deleteField'; readonly column: ColumnMetadata; readonly field: number };

/** Prepares one assignment of UPDATE (`Operation.RawUpdate.prepare`). `conditional` statements may read first. */
export function prepareOperation(
  context: AnalysisContext,
  table: TableMetadata,
  column: ColumnMetadata,
  raw: RawOperation,
  conditional: boolean,
): Operation {
  const receiver = columnReceiver(table, column);
  switch (raw.kind) {
    case 'SetValue':
      return prepareSet(context, receiver, column, raw.value);
    case 'SetElement':
      return prepareSetElement(context, receiver, column, raw.key, raw.value);
    case 'SetField':
      return prepareSetField(context, receiver, column, raw.field, raw.value);
    case 'Addition':
      return prepareAddition(context, receiver, column, raw.value, conditional);
    case 'Subtraction':
      return prepareSubtraction(context, receiver, column, raw.value);
    case 'Prepend':
      return preparePrepend(context, receiver, column, raw.value);
  }
}

export function prepareSet(
  context: AnalysisContext,
  receiver: Receiver,
  column: ColumnMetadata,
  value: Term,
): Operation {
  const prepared = context.prepareTerm(value, receiver);
  if (column.type.kind === 'counter') {
    throw invalidRequest(
      `Cannot set the value of counter column ${column.name} (counters can only be incremented/decremented, not set)`,
    );
  }
  return { kind: 'set', column, value: prepared };
}

function invalidOperation(text: string, reason: string, column: ColumnMetadata): CqlError {
  return invalidRequest(`Invalid operation (${text}) for ${reason} ${column.name}`);
}

function prepareSetElement(
  context: AnalysisContext,
  receiver: Receiver,
  column: ColumnMetadata,
  key: Term,
  value: Term,
): Operation {
  const { type } = column;
  const text = `${column.name}[${termText(key)}] = ${termText(value)}`;
  if (!isCollection(type)) throw invalidOperation(text, 'non collection column', column);
  if (type.frozen) throw invalidOperation(text, 'frozen collection column', column);
  if (type.kind === 'set') throw invalidOperation(text, 'set column', column);
  const keys = type.kind === 'list' ? indexReceiver(receiver) : keyReceiver(receiver, type);
  const values = valueReceiver(receiver, type.kind === 'list' ? type.elements : type.values);
  return {
    kind: 'put',
    column,
    key: context.prepareTerm(key, keys),
    value: context.prepareTerm(value, values),
  };
}

function prepareSetField(
  context: AnalysisContext,
  receiver: Receiver,
  column: ColumnMetadata,
  field: string,
  value: Term,
): Operation {
  const { type } = column;
  const text = `${column.name}.${field} = ${termText(value)}`;
  if (type.kind !== 'udt') throw invalidOperation(text, 'non-UDT column', column);
  if (type.frozen) throw invalidOperation(text, 'frozen UDT column', column);
  const index = fieldIndex(type.fields, field, column);
  const prepared = context.prepareTerm(value, fieldReceiver(receiver, field, type.fields[index]?.type as CqlType));
  return { kind: 'setField', column, field: index, value: prepared };
}

export function fieldIndex(
  fields: readonly { readonly name: string }[],
  field: string,
  column: ColumnMetadata,
): number {
  const index = fields.findIndex((candidate) => candidate.name === field);
  if (index < 0) throw invalidRequest(`UDT column ${column.name} does not have a field named ${field}`);
  return index;
}

function prepareAddition(
  context: AnalysisContext,
  receiver: Receiver,
  column: ColumnMetadata,
  value: Term,
  conditional: boolean,
): Operation {
  const { type } = column;
  const text = `${column.name} = ${column.name} + ${termText(value)}`;
  if (!isCollection(type)) {
    if (type.kind === 'tuple' || type.kind === 'udt') throw invalidOperation(text, 'tuple column', column);
    if (type.kind !== 'counter') {
      if (conditional && READABLE_ADDITION.has(type.kind)) {
        throw invalidRequest('Adding to a column that is not a counter or a collection is not supported by Ceto yet');
      }
      const reason = conditional ? 'non-numeric and non-text type' : 'non counter column';
      throw invalidOperation(text, reason, column);
    }
    return { kind: 'increment', column, value: context.prepareTerm(value, receiver) };
  }
  if (type.frozen) throw invalidOperation(text, 'frozen collection column', column);
  if (type.kind === 'list') return { kind: 'append', column, value: context.prepareTerm(value, receiver) };
  if (type.kind === 'set') return { kind: 'add', column, value: context.prepareTerm(value, receiver) };
  const message = `Value for a map addition has to be a map, but was: '${termText(value, receiver.keyspace)}'`;
  return { kind: 'add', column, value: prepareOr(context, value, receiver, message) };
}

/** Types that Cassandra lets a conditional update add to. */
const READABLE_ADDITION: ReadonlySet<string> = new Set(
  'bigint decimal double float int smallint tinyint varint text ascii'.split(' '),
);

function prepareSubtraction(
  context: AnalysisContext,
  receiver: Receiver,
  column: ColumnMetadata,
  value: Term,
): Operation {
  const { type } = column;
  const text = `${column.name} = ${column.name} - ${termText(value)}`;
  if (!isCollection(type)) {
    if (type.kind !== 'counter') throw invalidOperation(text, 'non counter column', column);
    return { kind: 'decrement', column, value: context.prepareTerm(value, receiver) };
  }
  if (type.frozen) throw invalidOperation(text, 'frozen collection column', column);
  if (type.kind !== 'map') return { kind: 'remove', column, value: context.prepareTerm(value, receiver) };
  const { keyspace, table, name } = receiver;
  const message = `Value for a map substraction has to be a set, but was: '${termText(value, receiver.keyspace)}'`;
  return {
    kind: 'remove',
    column,
    value: prepareOr(context, value, { keyspace, table, name, type: set(type.keys) }, message),
  };
}

function prepareOr(context: AnalysisContext, value: Term, receiver: Receiver, message: string): PreparedTerm {
  try {
    return context.prepareTerm(value, receiver);
  } catch (error) {
    if (error instanceof CqlError) throw invalidRequest(message);
    throw error;
  }
}

/** Cassandra writes a prepend with a minus in its messages. */
function preparePrepend(context: AnalysisContext, receiver: Receiver, column: ColumnMetadata, value: Term): Operation {
  const text = `${column.name} = ${termText(value)} - ${column.name}`;
  if (column.type.kind !== 'list') throw invalidOperation(text, 'non list column', column);
  if (!isMultiCell(column.type)) throw invalidOperation(text, 'frozen list column', column);
  return { kind: 'prepend', column, value: context.prepareTerm(value, receiver) };
}
