import type { BindMarker } from '../ast/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';
import type { ColumnSpecification } from './column-specification.ts';

/** What a term is for. `column` is set when it is a column's own value, which makes a marker count for routing. */
export interface Receiver extends ColumnSpecification {
  readonly column?: ColumnMetadata;
}

export function columnReceiver(table: TableMetadata, column: ColumnMetadata): Receiver {
  return { keyspace: table.keyspace, table: table.name, name: column.name, type: column.type, column };
}

/** The markers of one statement, as their receivers become known (Cassandra's VariableSpecifications). */
export class BindVariables {
  private readonly specifications: (ColumnSpecification | undefined)[];
  private readonly targets: (ColumnMetadata | undefined)[];

  constructor(count: number) {
    this.specifications = new Array(count).fill(undefined);
    this.targets = new Array(count).fill(undefined);
  }

  get count(): number {
    return this.specifications.length;
  }

  add(marker: BindMarker, receiver: Receiver): void {
    const { keyspace, table, type } = receiver;
    this.specifications[marker.index] = { keyspace, table, name: marker.name ?? receiver.name, type };
    this.targets[marker.index] = receiver.column;
  }

  typeOf(index: number): ColumnSpecification['type'] {
    return this.specification(index).type;
  }

  all(): ColumnSpecification[] {
    return this.specifications.map((_, index) => this.specification(index));
  }

  /** For each component of the partition key the last marker given to it; empty when one has none. */
  partitionKeyIndexes(table: TableMetadata): number[] {
    const indexes = new Array<number>(table.partitionKey.length).fill(-1);
    for (const [index, column] of this.targets.entries()) {
      if (column !== undefined && table.column(column.name) === column && column.kind === 'partition_key') {
        indexes[column.position] = index;
      }
    }
    return indexes.includes(-1) ? [] : indexes;
  }

  private specification(index: number): ColumnSpecification {
    const found = this.specifications[index];
    if (found === undefined) throw new Error(`marker ${index} has no receiver`);
    return found;
  }
}
