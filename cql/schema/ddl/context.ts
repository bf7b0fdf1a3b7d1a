import type { QualifiedName } from '../../ast/index.ts';
import { invalidRequest } from '../../errors/index.ts';
import type { ChangeTarget, ChangeType, SchemaResult } from '../change.ts';
import type { Schema } from '../schema.ts';

/** What a DDL statement needs to know beyond the schema. Time and identity come from outside, so that a replay gives the same. */
export interface DdlContext {
  /** The keyspace in use, null when the connection has none. */
  readonly keyspace: string | null;
  /** Nodes by datacenter, for replication by `replication_factor` and its warnings. */
  readonly datacenters: ReadonlyMap<string, number>;
  /** `default_keyspace_rf` of the configuration. */
  readonly defaultReplicationFactor: number;
  /** Names of the memtable configurations, `default` among them. */
  readonly memtables: ReadonlySet<string>;
  /** The id of a table that is being created. */
  newTableId(): string;
  nowMicros(): bigint;
}

export interface ResolvedName {
  readonly keyspace: string;
  readonly name: string;
}

export function resolveName(name: QualifiedName, context: DdlContext): ResolvedName {
  const keyspace = name.keyspace ?? context.keyspace;
  if (keyspace === null) {
    throw invalidRequest('No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename');
  }
  return { keyspace, name: name.name };
}

/** Nothing was done: IF [NOT] EXISTS met what it asks about. */
export function unchanged(schema: Schema): SchemaResult {
  return { schema, change: null, warnings: [] };
}

export function changed(
  schema: Schema,
  changeType: ChangeType,
  target: ChangeTarget,
  keyspace: string,
  name = '',
  warnings: readonly string[] = [],
): SchemaResult {
  return { schema, change: { changeType, target, keyspace, name }, warnings };
}
