import { quoteIdentifier } from './identifiers.ts';
import { type CqlType, isNative } from './type.ts';

/**
 * The type as Cassandra prints it in CQL (`AbstractType.asCQL3Type().toString()`): user types by their bare name,
 * `frozen<…>` around frozen collections, user types and every tuple.
 */
export function cqlName(type: CqlType): string {
  if (isNative(type)) return type.kind;
  switch (type.kind) {
    case 'list':
    case 'set':
      return frozenIf(type.frozen, `${type.kind}<${cqlName(type.elements)}>`);
    case 'map':
      return frozenIf(type.frozen, `map<${cqlName(type.keys)}, ${cqlName(type.values)}>`);
    case 'tuple':
      return `frozen<tuple<${type.elements.map(cqlName).join(', ')}>>`;
    case 'udt':
      return frozenIf(type.frozen, quoteIdentifier(type.name));
    case 'vector':
      return `vector<${cqlName(type.elements)}, ${type.dimension}>`;
    case 'custom':
      return `'${type.className}'`;
    case 'reversed':
      return cqlName(type.base);
  }
}

function frozenIf(frozen: boolean, name: string): string {
  return frozen ? `frozen<${name}>` : name;
}
