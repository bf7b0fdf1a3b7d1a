import type { AlterKeyspace } from '../../ast/index.ts';
import { invalidRequest } from '../../errors/index.ts';
import type { SchemaResult } from '../change.ts';
import type { Schema } from '../schema.ts';
import { changed, type DdlContext, unchanged } from './context.ts';
import { guardSystemKeyspace } from './guards.ts';
import { readKeyspaceAttributes } from './keyspace-attributes.ts';
import { prepareReplication, totalReplicas, validateReplication } from './replication.ts';

const REPAIR_WARNING =
  'When increasing replication factor you need to run a full (-full) repair to distribute the data.';

export function alterKeyspace(schema: Schema, statement: AlterKeyspace, context: DdlContext): SchemaResult {
  const { keyspace: name } = statement;
  guardSystemKeyspace(name, 'ALTER', null);
  const attributes = readKeyspaceAttributes(statement.properties);
  const keyspace = schema.keyspace(name);
  if (keyspace === undefined) {
    if (statement.ifExists) return unchanged(schema);
    throw invalidRequest(`Keyspace '${name}' doesn't exist`);
  }
  const { replication: given } = attributes;
  const replication = given === undefined ? keyspace.replication : prepareReplication(given, context);
  const warnings = validateReplication(name, replication, context);
  if (totalReplicas(replication) > totalReplicas(keyspace.replication)) warnings.push(REPAIR_WARNING);
  const altered = keyspace.with({ replication, durableWrites: attributes.durableWrites ?? keyspace.durableWrites });
  if (sameEntries(replication, keyspace.replication) && altered.durableWrites === keyspace.durableWrites) {
    return unchanged(schema);
  }
  return changed(schema.withKeyspace(altered), 'UPDATED', 'KEYSPACE', name, '', warnings);
}

function sameEntries(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
