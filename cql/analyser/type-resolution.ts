import type { CqlType as RawType } from '../ast/index.ts';
import { resolveType as resolveNode, type Schema } from '../schema/index.ts';
import type { CqlType } from '../types/index.ts';

/** The type that a cast or hint names; user types are those of `keyspace`. */
export function resolveType(schema: Schema, keyspace: string, raw: RawType): CqlType {
  return resolveNode(raw, { keyspace, types: schema.keyspace(keyspace)?.types ?? null });
}
