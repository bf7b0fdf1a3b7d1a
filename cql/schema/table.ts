import { isMultiCell } from '../types/index.ts';
import type { ColumnKind, ColumnMetadata, DroppedColumn } from './column.ts';
import type { TableParams } from './params.ts';

/** Column ids are u16 on the shard. */
export const MAX_COLUMN_ID = 0xffff;

export type TableKind = 'regular' | 'view' | 'virtual';

export interface IndexMetadata {
  readonly name: string;
  readonly kind: 'KEYS' | 'CUSTOM' | 'COMPOSITES';
  readonly options: ReadonlyMap<string, string>;
}

export interface TableFields {
  readonly id: string;
  readonly keyspace: string;
  readonly name: string;
  readonly kind: TableKind;
  /** Kept in memory only and filled by the server (system.peers_v2 and its like): never written to disk. */
  readonly memoryOnly: boolean;
  readonly counter: boolean;
  readonly columns: Iterable<ColumnMetadata>;
  readonly dropped: ReadonlyMap<string, DroppedColumn>;
  readonly params: TableParams;
  readonly indexes: ReadonlyMap<string, IndexMetadata>;
  readonly triggers: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly nextColumnId: number;
}

/** A table's definition; immutable. `with` gives a changed copy. */
export class TableMetadata implements TableFields {
  readonly id: string;
  readonly keyspace: string;
  readonly name: string;
  readonly kind: TableKind;
  readonly memoryOnly: boolean;
  readonly counter: boolean;
  readonly dropped: ReadonlyMap<string, DroppedColumn>;
  readonly params: TableParams;
  readonly indexes: ReadonlyMap<string, IndexMetadata>;
  readonly triggers: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly nextColumnId: number;

  readonly partitionKey: readonly ColumnMetadata[];
  readonly clustering: readonly ColumnMetadata[];
  /** Sorted by name, simple columns before complex ones, as Cassandra orders a row's columns. */
  readonly statics: readonly ColumnMetadata[];
  readonly regulars: readonly ColumnMetadata[];
  /** All columns: partition key, clustering, then statics and regulars by name, the order of SELECT *. */
  readonly columns: readonly ColumnMetadata[];
  private readonly byName: ReadonlyMap<string, ColumnMetadata>;

  constructor(fields: TableFields) {
    this.id = fields.id;
    this.keyspace = fields.keyspace;
    this.name = fields.name;
    this.kind = fields.kind;
    this.memoryOnly = fields.memoryOnly;
    this.counter = fields.counter;
    this.dropped = fields.dropped;
    this.params = fields.params;
    this.indexes = fields.indexes;
    this.triggers = fields.triggers;
    this.nextColumnId = fields.nextColumnId;
    const all = [...fields.columns];
    const ofKind = (kind: ColumnKind): ColumnMetadata[] => all.filter((column) => column.kind === kind);
    const byPosition = (a: ColumnMetadata, b: ColumnMetadata): number => a.position - b.position;
    this.partitionKey = Object.freeze(ofKind('partition_key').sort(byPosition));
    this.clustering = Object.freeze(ofKind('clustering').sort(byPosition));
    this.statics = Object.freeze(ofKind('static').sort(byCells));
    this.regulars = Object.freeze(ofKind('regular').sort(byCells));
    this.columns = Object.freeze([
      ...this.partitionKey,
      ...this.clustering,
      ...[...this.statics].sort(byName),
      ...[...this.regulars].sort(byName),
    ]);
    this.byName = new Map(this.columns.map((column) => [column.name, column]));
  }

  column(name: string): ColumnMetadata | undefined {
    return this.byName.get(name);
  }

  get primaryKey(): readonly ColumnMetadata[] {
    return [...this.partitionKey, ...this.clustering];
  }

  get isView(): boolean {
    return this.kind === 'view';
  }

  get isVirtual(): boolean {
    return this.kind === 'virtual';
  }

  get hasStaticColumns(): boolean {
    return this.statics.length > 0;
  }

  /** The table in messages: `ks.name`. */
  get fullName(): string {
    return `${this.keyspace}.${this.name}`;
  }

  with(changes: Partial<TableFields>): TableMetadata {
    return new TableMetadata({ ...this.fields(), ...changes });
  }

  private fields(): TableFields {
    const { id, keyspace, name, kind, memoryOnly, counter, columns, dropped, params, indexes, triggers, nextColumnId } =
      this;
    return { id, keyspace, name, kind, memoryOnly, counter, columns, dropped, params, indexes, triggers, nextColumnId };
  }
}

function byName(left: ColumnMetadata, right: ColumnMetadata): number {
  return compareUtf8(left.name, right.name);
}

function byCells(left: ColumnMetadata, right: ColumnMetadata): number {
  const difference = Number(isMultiCell(left.type)) - Number(isMultiCell(right.type));
  return difference === 0 ? byName(left, right) : difference;
}

/** Order of names by their UTF-8 bytes, which for text without surrogates is the order of UTF-16 units. */
export function compareUtf8(left: string, right: string): number {
  if (left === right) return 0;
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
