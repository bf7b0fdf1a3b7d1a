import type { CreateType } from '../../ast/index.ts';
import { type CqlError, invalidRequest } from '../../errors/index.ts';
import { type CqlType, isCounter, isMultiCell, userType } from '../../types/index.ts';
import type { SchemaResult } from '../change.ts';
import type { Schema } from '../schema.ts';
import { changed, type DdlContext, resolveName, unchanged } from './context.ts';
import { guardSystemKeyspace } from './guards.ts';
import { resolveType } from './resolve-type.ts';

export function createType(schema: Schema, statement: CreateType, context: DdlContext): SchemaResult {
  const { keyspace: keyspaceName, name } = resolveName(statement.type, context);
  guardSystemKeyspace(keyspaceName, 'CREATE', name);
  const keyspace = schema.keyspace(keyspaceName);
  if (keyspace === undefined) throw invalidRequest(`Keyspace '${keyspaceName}' doesn't exist`);
  if (keyspace.types.has(name)) {
    if (statement.ifNotExists) return unchanged(schema);
    throw invalidRequest(`A user type with name '${name}' already exists`);
  }
  const seen = new Set<string>();
  for (const field of statement.fields) {
    if (seen.has(field.name)) throw invalidRequest(`Duplicate field name '${field.name}' in type '${name}'`);
    seen.add(field.name);
  }
  const scope = { keyspace: keyspaceName, types: keyspace.types };
  const fields = statement.fields.map((field) => {
    if (field.type.kind === 'UserType' && !field.type.frozen) throw nonFrozenField();
    const type = resolveType(field.type, scope);
    checkFieldType(type);
    return { name: field.name, type };
  });
  const types = new Map(keyspace.types).set(name, userType(keyspaceName, name, fields));
  return changed(schema.withKeyspace(keyspace.withTypes(types)), 'CREATED', 'TYPE', keyspaceName, name);
}

export function checkFieldType(type: CqlType): void {
  if (isCounter(type)) throw invalidRequest('A user type cannot contain counters');
  if (type.kind === 'udt' && isMultiCell(type)) throw nonFrozenField();
}

function nonFrozenField(): CqlError {
  return invalidRequest('A user type cannot contain non-frozen UDTs');
}
