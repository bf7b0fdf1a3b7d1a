import { invalidRequest } from '../errors/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';
import { firstColumn, isContains, isSlice, lastColumn, type Restriction, RestrictionSet } from './restriction.ts';

/** The restrictions of the clustering columns (Cassandra's ClusteringColumnRestrictions). */
export class ClusteringRestrictions {
  private readonly table: TableMetadata;
  private readonly allowFiltering: boolean;
  private readonly set = new RestrictionSet((left, right) => left.position - right.position);

  constructor(table: TableMetadata, allowFiltering: boolean) {
    this.table = table;
    this.allowFiltering = allowFiltering;
  }

  get isEmpty(): boolean {
    return this.set.isEmpty;
  }

  /** Every clustering column is restricted. */
  get isComplete(): boolean {
    return this.table.clustering.every((column) => this.set.get(column) !== undefined);
  }

  get(column: ColumnMetadata): Restriction | undefined {
    return this.set.get(column);
  }

  some(test: (restriction: Restriction) => boolean): boolean {
    return this.set.some(test);
  }

  /** Adds a restriction; without filtering nothing may follow a slice. */
  add(added: Restriction): void {
    const last = this.set.restrictions().at(-1);
    const before = this.set.columns();
    this.set.add(added);
    if (last === undefined || this.allowFiltering) return;
    const [lastStart, start] = [firstColumn(last), firstColumn(added)];
    if (isSlice(last) && start.position > lastStart.position) {
      throw invalidRequest(
        `Clustering column "${start.name}" cannot be restricted ` +
          `(preceding column "${lastStart.name}" is restricted by a non-EQ relation)`,
      );
    }
    if (start.position < lastStart.position && isSlice(added)) {
      const next = before.find((column) => column.position > start.position) ?? lastStart;
      throw invalidRequest(
        `PRIMARY KEY column "${next.name}" cannot be restricted ` +
          `(preceding column "${start.name}" is restricted by a non-EQ relation)`,
      );
    }
  }

  /** The restrictions that bound the rows read, without a gap from the first column on, and the rest, which filter. */
  split(): { readonly bounds: readonly Restriction[]; readonly filters: readonly Restriction[] } {
    const bounds: Restriction[] = [];
    const filters: Restriction[] = [];
    let position = 0;
    for (const restriction of this.set.restrictions()) {
      if (isContains(restriction) || firstColumn(restriction).position !== position) {
        filters.push(restriction);
        continue;
      }
      bounds.push(restriction);
      // After a slice no further column bounds anything.
      position = isSlice(restriction) ? -1 : lastColumn(restriction).position + 1;
    }
    return { bounds, filters };
  }

  get needsFiltering(): boolean {
    return this.split().filters.length > 0;
  }

  checkNoGap(): void {
    for (const [i, restricted] of this.set.columns().entries()) {
      const expected = this.table.clustering[i];
      if (expected !== undefined && expected !== restricted) {
        throw invalidRequest(
          `PRIMARY KEY column "${restricted.name}" cannot be restricted as preceding column "${expected.name}" is not restricted`,
        );
      }
    }
  }
}
