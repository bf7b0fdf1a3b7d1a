import type { Schema } from './schema.ts';

export type ChangeType = 'CREATED' | 'UPDATED' | 'DROPPED';
export type ChangeTarget = 'KEYSPACE' | 'TABLE' | 'TYPE' | 'FUNCTION' | 'AGGREGATE';

/** What a DDL statement did, as SCHEMA_CHANGE tells it. */
export interface SchemaChange {
  readonly changeType: ChangeType;
  readonly target: ChangeTarget;
  readonly keyspace: string;
  /** Empty when the target is the keyspace. */
  readonly name: string;
}

export interface SchemaResult {
  readonly schema: Schema;
  /** Null when there was nothing to do (IF [NOT] EXISTS, an ALTER to what is there): the client gets a void result. */
  readonly change: SchemaChange | null;
  readonly warnings: readonly string[];
}
