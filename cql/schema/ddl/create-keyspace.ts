import type { CreateKeyspace } from '../../ast/index.ts';
import { invalidRequest, keyspaceAlreadyExists } from '../../errors/index.ts';
import type { SchemaResult } from '../change.ts';
import { emptyKeyspace } from '../keyspace.ts';
import type { Schema } from '../schema.ts';
import { changed, type DdlContext, unchanged } from './context.ts';
import { guardSystemKeyspaceName } from './guards.ts';
import { readKeyspaceAttributes } from './keyspace-attributes.ts';
import { prepareReplication, requireStrategyClass, validateReplication } from './replication.ts';

/** Names become directory names; the bound is Cassandra's (SchemaConstants.NAME_LENGTH). */
export const MAX_NAME_LENGTH = 48;

export function createKeyspace(schema: Schema, statement: CreateKeyspace, context: DdlContext): SchemaResult {
  const { keyspace: name } = statement;
  guardSystemKeyspaceName(name);
  validateKeyspaceName(name);
  const attributes = readKeyspaceAttributes(statement.properties);
  if (attributes.replication === undefined) throw invalidRequest("Missing mandatory option 'replication'");
  if (attributes.replication.size > 0) requireStrategyClass(attributes.replication);
  if (schema.keyspace(name) !== undefined) {
    if (statement.ifNotExists) return unchanged(schema);
    throw keyspaceAlreadyExists(name);
  }
  const replication = prepareReplication(attributes.replication, context);
  const warnings = validateReplication(name, replication, context);
  const created = emptyKeyspace(name, replication, attributes.durableWrites ?? true);
  return changed(schema.withKeyspace(created), 'CREATED', 'KEYSPACE', name, '', warnings);
}

function validateKeyspaceName(name: string): void {
  if (!/^\w+$/.test(name)) {
    throw invalidRequest(
      `Keyspace name must not be empty and must contain alphanumeric or underscore characters only (got "${name}")`,
    );
  }
  if (name.length > MAX_NAME_LENGTH) {
    throw invalidRequest(
      `Keyspace name must not be more than ${MAX_NAME_LENGTH} characters long (got ${name.length} characters for "${name}")`,
    );
  }
}
