import { type QualifiedName, type CqlType as TypeNode, typeText } from '../../ast/index.ts';
import { type CqlError, invalidRequest, syntaxError } from '../../errors/index.ts';
import {
  type CqlType,
  custom,
  freeze,
  isCollection,
  isMultiCell,
  list,
  MARSHAL_PACKAGE,
  MarshalParseError,
  map,
  NATIVE_BY_MARSHAL,
  native,
  parseMarshalName,
  set,
  someType,
  tuple,
  type UserType,
  vector,
} from '../../types/index.ts';

/** Where user types are looked up: those of the statement's keyspace, null when that does not exist. */
export interface TypeScope {
  readonly keyspace: string;
  readonly types: ReadonlyMap<string, UserType> | null;
}

/** The type that a type expression of a statement stands for (`CQL3Type.Raw.prepare`). */
export function resolveType(node: TypeNode, scope: TypeScope): CqlType {
  switch (node.kind) {
    case 'NativeType':
      return native(node.name === 'varchar' ? 'text' : node.name);
    case 'CustomType':
      return resolveCustom(node.className);
    case 'UserType': {
      const found = lookUp(node.name, scope);
      return node.frozen ? freeze(found) : found;
    }
    case 'ListType':
      return list(resolveElement(node.element, node, scope), node.frozen);
    case 'SetType': {
      const elements = resolveElement(node.element, node, scope);
      if (elements.kind === 'duration') throw inner('Durations are not allowed inside sets', node);
      return set(elements, node.frozen);
    }
    case 'MapType': {
      const keys = resolveElement(node.key, node, scope);
      const values = resolveElement(node.value, node, scope);
      if (keys.kind === 'duration') throw inner('Durations are not allowed as map keys', node);
      return map(keys, values, node.frozen);
    }
    case 'TupleType': {
      const elements = node.elements.map((element) => resolveType(element, scope));
      if (elements.some((element) => element.kind === 'counter')) {
        throw invalidRequest('Counters are not allowed inside tuples');
      }
      return tuple(elements);
    }
    case 'VectorType':
      if (node.dimension <= 0) {
        throw invalidRequest(`vectors may only have positive dimensions; given ${node.dimension}`);
      }
      return vector(resolveType(node.element, scope), node.dimension);
  }
}

/** An element of a collection: frozen with it, and refused if it would be several cells inside of several cells. */
function resolveElement(node: TypeNode, collection: TypeNode, scope: TypeScope): CqlType {
  const frozen = 'frozen' in collection && collection.frozen;
  // Refused by how it is written, before it is known whether there is such a type.
  if (!frozen && node.kind === 'UserType' && !node.frozen) {
    throw inner('Non-frozen UDTs are not allowed inside collections', collection);
  }
  const type = resolveType(node, scope);
  if (type.kind === 'counter') throw inner('Counters are not allowed inside collections', collection);
  if (!frozen && isMultiCell(type)) {
    if (type.kind === 'udt') throw inner('Non-frozen UDTs are not allowed inside collections', collection);
    throw inner('Non-frozen collections are not allowed inside collections', collection);
  }
  return frozen ? freeze(type) : type;
}

function inner(reason: string, collection: TypeNode): CqlError {
  return invalidRequest(`${reason}: ${typeText(collection)}`);
}

function lookUp(name: QualifiedName, scope: TypeScope): UserType {
  if (name.keyspace !== null && name.keyspace !== scope.keyspace) {
    throw invalidRequest(
      `Statement on keyspace ${scope.keyspace} cannot refer to a user type in keyspace ${name.keyspace}; ` +
        'user types can only be used in the keyspace they are defined in',
    );
  }
  const found = scope.types?.get(name.name);
  if (found === undefined) throw invalidRequest(`Unknown type ${scope.keyspace}.${name.name}`);
  return found;
}

/** Marshal classes that have no CQL name and may still be given as a string. */
const CUSTOM_CLASSES: ReadonlySet<string> = new Set([
  'CompositeType',
  'DateType',
  'DynamicCompositeType',
  'FrozenType',
  'LexicalUUIDType',
  'ListType',
  'MapType',
  'PartitionerDefinedOrder',
  'ReversedType',
  'SetType',
  'TupleType',
  'UserType',
  'VectorType',
]);

function resolveCustom(className: string): CqlType {
  const type = parseCustom(className);
  const unknown = simpleName(type.kind === 'custom' ? type.className : null);
  if (unknown !== null && !CUSTOM_CLASSES.has(unknown) && !NATIVE_BY_MARSHAL.has(unknown)) {
    throw syntaxError(
      `Error setting type ${className}: Unable to find abstract-type class '${custom(MARSHAL_PACKAGE + unknown).className}'`,
    );
  }
  if (someType(type, (part) => part.kind === 'reversed') || isCollection(type)) return freeze(type);
  return type;
}

function parseCustom(className: string): CqlType {
  try {
    return parseMarshalName(className);
  } catch (error) {
    if (!(error instanceof MarshalParseError)) throw error;
    throw syntaxError(`Cannot parse type ${className}: ${error.message}`);
  }
}

function simpleName(className: string | null): string | null {
  if (className === null) return null;
  const bare = className.replace(/\(.*$/s, '');
  return bare.startsWith(MARSHAL_PACKAGE) ? bare.slice(MARSHAL_PACKAGE.length) : null;
}
