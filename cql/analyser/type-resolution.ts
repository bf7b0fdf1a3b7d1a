import type { CqlType as RawType } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import type { Schema } from '../schema/index.ts';
import * as types from '../types/index.ts';

/** The type that a cast or hint names. User types are those of `keyspace` (`CQL3Type.Raw.prepare`). */
export function resolveType(schema: Schema, keyspace: string, raw: RawType): types.CqlType {
  const resolve = (inner: RawType): types.CqlType => resolveType(schema, keyspace, inner);
  switch (raw.kind) {
    case 'NativeType':
      return types.native(raw.name === 'varchar' ? 'text' : raw.name);
    case 'ListType':
      return types.list(resolve(raw.element), raw.frozen);
    case 'SetType':
      return types.set(resolve(raw.element), raw.frozen);
    case 'MapType':
      return types.map(resolve(raw.key), resolve(raw.value), raw.frozen);
    case 'TupleType':
      return types.tuple(raw.elements.map(resolve));
    case 'VectorType':
      return types.vector(resolve(raw.element), raw.dimension);
    case 'CustomType':
      return types.parseMarshalName(raw.className);
    case 'UserType':
      return resolveUserType(schema, keyspace, raw.name, raw.frozen);
  }
}

function resolveUserType(
  schema: Schema,
  keyspace: string,
  name: { readonly keyspace: string | null; readonly name: string },
  frozen: boolean,
): types.CqlType {
  if (name.keyspace !== null && name.keyspace !== keyspace) {
    throw invalidRequest(
      `Statement on keyspace ${keyspace} cannot refer to a user type in keyspace ${name.keyspace}; ` +
        'user types can only be used in the keyspace they are defined in',
    );
  }
  const found = schema.keyspace(keyspace)?.types.get(name.name);
  if (found === undefined) {
    const written = name.keyspace === null ? name.name : `${name.keyspace}.${name.name}`;
    throw invalidRequest(`Unknown type ${written}`);
  }
  return frozen ? types.freeze(found) : found;
}

/** A type as written, which column names and messages repeat (`CQL3Type.Raw.toString`). */
export function typeText(raw: RawType): string {
  const wrap = (frozen: boolean, text: string): string => (frozen ? `frozen<${text}>` : text);
  switch (raw.kind) {
    case 'NativeType':
      return raw.name;
    case 'ListType':
      return wrap(raw.frozen, `list<${typeText(raw.element)}>`);
    case 'SetType':
      return wrap(raw.frozen, `set<${typeText(raw.element)}>`);
    case 'MapType':
      return wrap(raw.frozen, `map<${typeText(raw.key)}, ${typeText(raw.value)}>`);
    case 'TupleType':
      return `tuple<${raw.elements.map(typeText).join(', ')}>`;
    case 'VectorType':
      return `vector<${typeText(raw.element)}, ${raw.dimension}>`;
    case 'UserType':
      return wrap(raw.frozen, raw.name.keyspace === null ? raw.name.name : `${raw.name.keyspace}.${raw.name.name}`);
    case 'CustomType':
      return `'${raw.className}'`;
  }
}
