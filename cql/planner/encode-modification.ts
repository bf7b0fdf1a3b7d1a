import type { ColumnSpecification, Operation, PreparedBatch, PreparedModification } from '../analyser/index.ts';
import { conditionColumns, isConditional } from '../analyser/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';
import { native } from '../types/index.ts';
import { writeMetadata } from './encode-metadata.ts';
import { writePredicates } from './encode-predicates.ts';
import { writeClustering, writePartition } from './encode-restrictions.ts';
import type { PlanWriter } from './plan-writer.ts';

const KINDS = { INSERT: 0, UPDATE: 1, DELETE: 2 } as const;
const FLAGS = { ifNotExists: 1, ifExists: 2, counter: 4, onlyStatic: 8 } as const;
const BATCH_TYPES = { LOGGED: 0, UNLOGGED: 1, COUNTER: 2 } as const;

const OPERATIONS: Readonly<Record<Operation['kind'], number>> = {
  set: 0,
  deleteColumn: 1,
  append: 2,
  prepend: 3,
  add: 4,
  remove: 5,
  put: 6,
  deleteKey: 7,
  setField: 8,
  deleteField: 9,
  increment: 10,
  decrement: 11,
};

/** The body of a modification plan. `alone` tells it from a batch's, whose outcome the batch tells. */
export function writeModification(out: PlanWriter, statement: PreparedModification, alone: boolean): void {
  const { table, conditions, attributes, operations, restrictions } = statement;
  let flags = 0;
  if (conditions.kind === 'notExists') flags |= FLAGS.ifNotExists;
  if (conditions.kind === 'exists') flags |= FLAGS.ifExists;
  if (table.counter) flags |= FLAGS.counter;
  if (statement.onlyStatic && !restrictions.hasClustering) flags |= FLAGS.onlyStatic;
  out.table(table).u8(KINDS[statement.type]).u32(flags);
  out.optionalTerm(attributes.timestamp).optionalTerm(attributes.ttl);
  writePartition(out, restrictions);
  writeClustering(out, restrictions);
  out.u16(operations.length);
  for (const operation of operations) writeOperation(out, operation);
  writePredicates(out, conditions.kind === 'columns' ? conditions.predicates : []);
  if (alone && isConditional(statement)) writeCas(out, table, conditionColumns([statement]) ?? table.columns);
  else out.u8(0);
}

function writeOperation(out: PlanWriter, operation: Operation): void {
  out.u8(OPERATIONS[operation.kind]).column(operation.column);
  switch (operation.kind) {
    case 'deleteColumn':
      return;
    case 'put':
      out.term(operation.key).term(operation.value);
      return;
    case 'deleteKey':
      out.term(operation.key);
      return;
    case 'setField':
      out.u16(operation.field).term(operation.value);
      return;
    case 'deleteField':
      out.u16(operation.field);
      return;
    default:
      out.term(operation.value);
  }
}

/** `cas`: the one column when a condition holds, and those that show why it does not. */
function writeCas(out: PlanWriter, table: TableMetadata, columns: readonly ColumnMetadata[]): void {
  const where = { keyspace: table.keyspace, table: table.name };
  const applied: ColumnSpecification = { ...where, name: '[applied]', type: native('boolean') };
  const told = columns.map(({ name, type }) => ({ ...where, name, type }));
  out.u8(1);
  writeMetadata(out, [applied]);
  writeMetadata(out, [applied, ...told]);
  out.u16(columns.length);
  for (const column of columns) out.column(column);
}

/** The body of a batch plan. */
export function writeBatch(out: PlanWriter, batch: PreparedBatch): void {
  out.u8(BATCH_TYPES[batch.type]).optionalTerm(batch.attributes.timestamp).u16(batch.statements.length);
  for (const statement of batch.statements) {
    const nested = out.nested();
    writeModification(nested, statement, false);
    out.blob(nested.finish());
  }
  const [first] = batch.statements;
  if (first === undefined || !batch.statements.some(isConditional)) {
    out.u8(0);
    return;
  }
  const { table } = first;
  const conditions = conditionColumns(batch.statements);
  const columns = conditions === null ? table.columns : [...new Set([...table.primaryKey, ...conditions])];
  writeCas(out, table, columns);
}
