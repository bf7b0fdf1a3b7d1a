import type { CollectionType, CqlType, MapType } from '../types/index.ts';
import { native } from '../types/index.ts';
import type { Receiver } from './bind-variables.ts';

/** Receivers of the parts of a value, by the names that Cassandra gives their markers. */

function part(receiver: Receiver, name: string, type: CqlType): Receiver {
  return { keyspace: receiver.keyspace, table: receiver.table, name, type };
}

/** An element of a list, set or vector, or a value of a map. */
export function valueReceiver(receiver: Receiver, type: CqlType): Receiver {
  return part(receiver, `value(${receiver.name})`, type);
}

export function keyReceiver(receiver: Receiver, type: MapType): Receiver {
  return part(receiver, `key(${receiver.name})`, type.keys);
}

export function indexReceiver(receiver: Receiver): Receiver {
  return part(receiver, `idx(${receiver.name})`, native('int'));
}

export function fieldReceiver(receiver: Receiver, field: string, type: CqlType): Receiver {
  return part(receiver, `${receiver.name}.${field}`, type);
}

export function componentReceiver(receiver: Receiver, index: number, type: CqlType): Receiver {
  return part(receiver, `${receiver.name}[${index}]`, type);
}

export function elementTypeOf(type: CollectionType): CqlType {
  return type.kind === 'map' ? type.values : type.elements;
}
