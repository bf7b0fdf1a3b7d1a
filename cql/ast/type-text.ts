/** The texts of types as Cassandra's messages and column names show them. */

import type { CqlType } from './type.ts';

const MARSHAL_PACKAGE = 'org.apache.cassandra.db.marshal.';

/**
 * A type as it was written (`CQL3Type.Raw.toString`): names without quotes, and tuples and vectors without the `frozen`
 * that they always are. `keyspace` is that of the types it was resolved among: from then on user types are named with it.
 */
export function typeText(type: CqlType, keyspace: string | null = null): string {
  const inner = (of: CqlType): string => typeText(of, keyspace);
  const frozen = (text: string): string => ('frozen' in type && type.frozen ? `frozen<${text}>` : text);
  switch (type.kind) {
    case 'NativeType':
      return type.name;
    case 'CustomType':
      return `'${/^\w+\./.test(type.className) ? '' : MARSHAL_PACKAGE}${type.className}'`;
    case 'ListType':
      return frozen(`list<${inner(type.element)}>`);
    case 'SetType':
      return frozen(`set<${inner(type.element)}>`);
    case 'MapType':
      return frozen(`map<${inner(type.key)}, ${inner(type.value)}>`);
    case 'TupleType':
      return `tuple<${type.elements.map(inner).join(', ')}>`;
    case 'VectorType':
      return `vector<${inner(type.element)}, ${type.dimension}>`;
    case 'UserType': {
      const of = type.name.keyspace ?? keyspace;
      return frozen(of === null ? type.name.name : `${of}.${type.name.name}`);
    }
  }
}
