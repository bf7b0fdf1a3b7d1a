import { NATIVE_TYPES } from './native-kinds.ts';
import { type CqlType, isNative, type UserType } from './type.ts';

export const MARSHAL_PACKAGE = 'org.apache.cassandra.db.marshal.';

/**
 * The class string that Cassandra writes in SSTable headers (`AbstractType.toString()`). Within a frozen type the inner
 * ones are frozen too and carry no FrozenType of their own.
 */
export function marshalName(type: CqlType): string {
  return write(type, false);
}

function write(type: CqlType, insideFrozen: boolean): string {
  if (isNative(type)) return MARSHAL_PACKAGE + NATIVE_TYPES[type.kind].marshal;
  switch (type.kind) {
    case 'list':
    case 'set': {
      const inner = write(type.elements, insideFrozen || type.frozen);
      return wrapFrozen(type.frozen && !insideFrozen, call(type.kind === 'list' ? 'ListType' : 'SetType', inner));
    }
    case 'map': {
      const inner = `${write(type.keys, insideFrozen || type.frozen)},${write(type.values, insideFrozen || type.frozen)}`;
      return wrapFrozen(type.frozen && !insideFrozen, call('MapType', inner));
    }
    case 'tuple':
      return call('TupleType', type.elements.map((element) => write(element, true)).join(','));
    case 'udt':
      return wrapFrozen(type.frozen && !insideFrozen, call('UserType', userTypeParameters(type, insideFrozen)));
    case 'vector':
      return call('VectorType', `${write(type.elements, insideFrozen)} , ${type.dimension}`);
    case 'custom':
      return type.className;
    case 'reversed':
      return call('ReversedType', write(type.base, false));
  }
}

function call(className: string, parameters: string): string {
  return `${MARSHAL_PACKAGE}${className}(${parameters})`;
}

function wrapFrozen(frozen: boolean, name: string): string {
  return frozen ? call('FrozenType', name) : name;
}

/** `ks,hex(name),hex(field):type,…` (TypeParser.stringifyUserTypeParameters). */
function userTypeParameters(type: UserType, insideFrozen: boolean): string {
  const fields = type.fields.map((field) => `${hexName(field.name)}:${write(field.type, insideFrozen || type.frozen)}`);
  return [type.keyspace, hexName(type.name), ...fields].join(',');
}

function hexName(name: string): string {
  let text = '';
  for (const byte of new TextEncoder().encode(name)) text += byte.toString(16).padStart(2, '0');
  return text;
}
