/** Whether the rows of an SSTable are rows of a table, by the serialization header. */
import { storedType, type TableMetadata } from '../../cql/schema/index.ts';
import {
  type CqlType,
  isOrderCompatible,
  isValueCompatible,
  MarshalParseError,
  marshalName,
  parseMarshalName,
} from '../../cql/types/index.ts';
import type { SSTableHeader } from './statistics.ts';

const COMPOSITE = /^(?:org\.apache\.cassandra\.db\.marshal\.)?CompositeType\(/;

/** Why the file does not fit; null when it does. */
export function misfit(header: SSTableHeader, table: TableMetadata): string | null {
  if (!keysFit(header.keyType, table)) {
    return `its partition key ${header.keyType} is not that of table ${table.fullName}`;
  }
  const clustering = table.clustering.map(storedType);
  const sameClustering =
    clustering.length === header.clustering.length &&
    clustering.every((type, index) => isOrderCompatible(type, header.clustering[index] as CqlType));
  if (!sameClustering) return `its clustering columns are not those of table ${table.fullName}`;
  for (const [kind, columns] of [
    ['static', header.statics],
    ['regular', header.regulars],
  ] as const) {
    for (const [name, type] of columns) {
      // Cells from before the drop are passed over, whatever their type.
      if (table.dropped.has(name)) continue;
      const column = table.column(name);
      if (column === undefined) return `Unknown column ${name} during deserialization`;
      if (column.kind !== kind)
        return `its ${kind} column ${name} is a ${column.kind} column of table ${table.fullName}`;
      if (!isValueCompatible(column.type, type)) {
        return `its column ${name} has the type ${marshalName(type)}, that of table ${table.fullName} ${marshalName(column.type)}`;
      }
    }
  }
  return null;
}

function keysFit(keyType: string, table: TableMetadata): boolean {
  const expected = table.partitionKey.map(storedType);
  const composite = COMPOSITE.test(keyType);
  if (composite !== expected.length > 1) return false;
  try {
    if (!composite) return isOrderCompatible(expected[0] as CqlType, parseMarshalName(keyType));
    const parts = parseMarshalName(keyType.replace(COMPOSITE, 'TupleType('));
    return (
      parts.kind === 'tuple' &&
      parts.elements.length === expected.length &&
      expected.every((type, index) => isOrderCompatible(type, parts.elements[index] as CqlType))
    );
  } catch (error) {
    if (error instanceof MarshalParseError) return false;
    throw error;
  }
}
