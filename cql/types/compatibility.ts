import { marshalName } from './marshal-name.ts';
import type { NativeKind } from './native-kinds.ts';
import {
  type CqlType,
  componentTypes,
  freeze,
  isMultiCell,
  isNative,
  type TupleType,
  type UserType,
  unwrapReversed,
} from './type.ts';

/** How a value's type fits a receiver (Cassandra's AssignmentTestable.TestResult). */
export type Assignability = 'exact' | 'weak' | 'none';

export function sameType(left: CqlType, right: CqlType): boolean {
  return left === right || (left.kind === right.kind && marshalName(left) === marshalName(right));
}

/**
 * Whether a value of type `source` may be given to a receiver of type `receiver` (`AbstractType.testAssignment`).
 * A frozen value also fits a receiver that is not frozen, but not the other way round.
 */
export function testAssignment(source: CqlType, receiver: CqlType): Assignability {
  const from = unwrapReversed(source);
  const to = isMultiCell(from) ? receiver : freeze(receiver);
  if (sameType(from, to)) return 'exact';
  return isValueCompatible(to, from) ? 'weak' : 'none';
}

/** Kinds whose serialized values a type also reads, beyond its own (`isValueCompatibleWithInternal`). */
const VALUE_COMPATIBLE: Partial<Record<NativeKind, ReadonlySet<NativeKind>>> = {
  bigint: new Set(['timestamp']),
  date: new Set(['int']),
  text: new Set(['ascii']),
  time: new Set(['bigint']),
  timestamp: new Set(['bigint']),
  uuid: new Set(['timeuuid']),
  varint: new Set(['int', 'bigint', 'timestamp']),
};

/** Kinds that also sort alike, so that a clustering column may change to the type (`isCompatibleWith`). */
const ORDER_COMPATIBLE: Partial<Record<NativeKind, ReadonlySet<NativeKind>>> = {
  blob: new Set(['ascii', 'text']),
  text: new Set(['ascii']),
};

/** Whether `type` can read every serialized value of `previous`. */
export function isValueCompatible(type: CqlType, previous: CqlType): boolean {
  const to = unwrapReversed(type);
  const from = unwrapReversed(previous);
  if (sameType(to, from)) return true;
  if (isNative(to)) {
    if (to.kind === 'blob') return true;
    return isNative(from) && VALUE_COMPATIBLE[to.kind]?.has(from.kind) === true;
  }
  if (to.kind === 'tuple') return tuplesCompatible(to, from, isValueCompatible);
  if (isMultiCell(to)) return isMultiCell(from) && isOrderCompatible(to, from);
  if (isMultiCell(from)) return false;
  switch (to.kind) {
    case 'list':
      return from.kind === 'list' && isValueCompatible(to.elements, from.elements);
    case 'map':
      return from.kind === 'map' && isOrderCompatible(to.keys, from.keys) && isValueCompatible(to.values, from.values);
    case 'udt':
      return from.kind === 'udt' && tuplesCompatible(to, from, isOrderCompatible);
    default:
      return isOrderCompatible(to, from);
  }
}

/** Whether `type` can read the values of `previous` and sorts them alike. */
export function isOrderCompatible(type: CqlType, previous: CqlType): boolean {
  if (sameType(type, previous)) return true;
  if ((type.kind === 'reversed') !== (previous.kind === 'reversed')) return false;
  const to = unwrapReversed(type);
  const from = unwrapReversed(previous);
  if (isNative(to))
    return isNative(from) && (to.kind === from.kind || ORDER_COMPATIBLE[to.kind]?.has(from.kind) === true);
  if (to.kind === 'tuple' || to.kind === 'udt') return tuplesCompatible(to, from, isOrderCompatible);
  if (isMultiCell(to) !== isMultiCell(from)) return false;
  switch (to.kind) {
    case 'list':
    case 'set':
      return from.kind === to.kind && isOrderCompatible(to.elements, from.elements);
    case 'map':
      return from.kind === 'map' && isOrderCompatible(to.keys, from.keys) && isOrderCompatible(to.values, from.values);
    default:
      return false;
  }
}

/** A user type is a tuple to Cassandra: its name does not matter. Components may be appended, none removed. */
function tuplesCompatible(
  to: TupleType | UserType,
  from: CqlType,
  compatible: (type: CqlType, previous: CqlType) => boolean,
): boolean {
  if (from.kind !== 'tuple' && from.kind !== 'udt') return false;
  const types = componentTypes(to);
  const previous = componentTypes(from);
  return previous.length <= types.length && previous.every((type, i) => compatible(types[i] as CqlType, type));
}
