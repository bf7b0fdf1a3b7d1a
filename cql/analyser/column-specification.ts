import type { CqlType } from '../types/index.ts';

/** What a value is for: the receiver of a term, a bind variable, or a column of a result (Cassandra's ColumnSpecification). */
export interface ColumnSpecification {
  readonly keyspace: string;
  readonly table: string;
  readonly name: string;
  readonly type: CqlType;
  /** A clustering column stored in descending order, which nothing but the id of result metadata tells. */
  readonly descending?: boolean;
}
