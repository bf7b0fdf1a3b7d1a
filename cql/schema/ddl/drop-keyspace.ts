import type { DropKeyspace } from '../../ast/index.ts';
import { invalidRequest } from '../../errors/index.ts';
import type { SchemaResult } from '../change.ts';
import type { Schema } from '../schema.ts';
import { changed, unchanged } from './context.ts';
import { guardSystemKeyspace } from './guards.ts';

export function dropKeyspace(schema: Schema, statement: DropKeyspace): SchemaResult {
  const { keyspace: name } = statement;
  guardSystemKeyspace(name, 'DROP', null);
  if (schema.keyspace(name) === undefined) {
    if (statement.ifExists) return unchanged(schema);
    throw invalidRequest(`Keyspace '${name}' doesn't exist`);
  }
  return changed(schema.withoutKeyspace(name), 'DROPPED', 'KEYSPACE', name);
}
