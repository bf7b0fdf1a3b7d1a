import type { DropType } from '../../ast/index.ts';
import { invalidRequest } from '../../errors/index.ts';
import { type CqlType, referencesUserType } from '../../types/index.ts';
import type { SchemaResult } from '../change.ts';
import type { Schema } from '../schema.ts';
import { changed, type DdlContext, resolveName, unchanged } from './context.ts';
import { guardSystemKeyspace } from './guards.ts';

export function dropType(schema: Schema, statement: DropType, context: DdlContext): SchemaResult {
  const { keyspace: keyspaceName, name } = resolveName(statement.type, context);
  guardSystemKeyspace(keyspaceName, 'DROP', name);
  const keyspace = schema.keyspace(keyspaceName);
  if (keyspace === undefined || !keyspace.types.has(name)) {
    if (statement.ifExists) return unchanged(schema);
    throw invalidRequest(`Type '${keyspaceName}.${name}' doesn't exist`);
  }
  const mentions = (type: CqlType): boolean => referencesUserType(type, keyspaceName, name);
  const refuse = (users: readonly string[], what: string): void => {
    if (users.length === 0) return;
    throw invalidRequest(
      `Cannot drop user type '${keyspaceName}.${name}' as it is still used by ${what} ${users.join(', ')}`,
    );
  };
  const functions = keyspace.functions.filter((one) => [...one.argumentTypes, one.returnType].some(mentions));
  refuse(
    functions.map((one) => one.name),
    'functions',
  );
  const types = [...keyspace.types.values()].filter(
    (type) => type.name !== name && type.fields.some((field) => mentions(field.type)),
  );
  refuse(
    types.map((type) => type.name),
    'user types',
  );
  const tables = [...keyspace.tables.values()].filter((table) => table.columns.some((column) => mentions(column.type)));
  refuse(
    tables.map((table) => table.name),
    'tables',
  );
  const left = new Map(keyspace.types);
  left.delete(name);
  return changed(schema.withKeyspace(keyspace.withTypes(left)), 'DROPPED', 'TYPE', keyspaceName, name);
}
