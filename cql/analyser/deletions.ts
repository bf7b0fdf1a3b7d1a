import type { Deletion } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';
import { isCollection } from '../types/index.ts';
import { columnReceiver } from './bind-variables.ts';
import type { AnalysisContext } from './context.ts';
import { fieldIndex, type Operation } from './operations.ts';
import { indexReceiver, keyReceiver, valueReceiver } from './receivers.ts';

/** Prepares what DELETE names between DELETE and FROM (`Operation.RawDeletion.prepare`). */
export function prepareDeletion(
  context: AnalysisContext,
  table: TableMetadata,
  column: ColumnMetadata,
  raw: Deletion,
): Operation {
  const { type, name } = column;
  switch (raw.kind) {
    case 'ColumnDeletion':
      return { kind: 'deleteColumn', column };
    case 'ElementDeletion': {
      if (!isCollection(type)) throw invalidRequest(`Invalid deletion operation for non collection column ${name}`);
      if (type.frozen) throw invalidRequest(`Invalid deletion operation for frozen collection column ${name}`);
      const receiver = columnReceiver(table, column);
      const expected = {
        list: () => indexReceiver(receiver),
        set: () => valueReceiver(receiver, type.kind === 'set' ? type.elements : type),
        map: () => (type.kind === 'map' ? keyReceiver(receiver, type) : receiver),
      }[type.kind]();
      return { kind: 'deleteKey', column, key: context.prepareTerm(raw.element, expected) };
    }
    case 'FieldDeletion':
      if (type.kind !== 'udt') throw invalidRequest(`Invalid field deletion operation for non-UDT column ${name}`);
      if (type.frozen) throw invalidRequest(`Frozen UDT column ${name} does not support field deletions`);
      return { kind: 'deleteField', column, field: fieldIndex(type.fields, raw.field, column) };
  }
}
