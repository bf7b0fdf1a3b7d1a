import { marshalName } from './marshal-name.ts';
import type { NativeKind } from './native-kinds.ts';
import { type CqlType, freeze, isMultiCell, isNative, unwrapReversed } from './type.ts';

/** How a value's type fits a receiver (Cassandra's AssignmentTestable.TestResult). */
export type Assignability = 'exact' | 'weak' | 'none';

export function sameType(left: CqlType, right: CqlType): boolean {
  return left === right || (left.kind === right.kind && marshalName(left) === marshalName(right));
}

/**
 * Whether a value of type `source` may be given to a receiver of type `receiver` (`AbstractType.testAssignment`).
 * Frozenness is ignored: functions neither take nor return frozen types.
 */
export function testAssignment(source: CqlType, receiver: CqlType): Assignability {
  const from = freeze(unwrapReversed(source));
  const to = freeze(unwrapReversed(receiver));
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
  varint: new Set(['int', 'bigint']),
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
  if (isMultiCell(to) !== isMultiCell(from)) return false;
  switch (to.kind) {
    case 'list':
      return from.kind === 'list' && isValueCompatible(to.elements, from.elements);
    case 'map':
      return from.kind === 'map' && isOrderCompatible(to.keys, from.keys) && isValueCompatible(to.values, from.values);
    case 'tuple':
      return from.kind === 'tuple' && componentsCompatible(to.elements, from.elements, isValueCompatible);
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
  if (isNative(to)) return isNative(from) && (to.kind === from.kind || ORDER_COMPATIBLE[to.kind]?.has(from.kind) === true);
  if (isMultiCell(to) !== isMultiCell(from)) return false;
  switch (to.kind) {
    case 'list':
      return from.kind === 'list' && (to.frozen ? isOrderCompatible : isValueCompatible)(to.elements, from.elements);
    case 'set':
      return from.kind === 'set' && isOrderCompatible(to.elements, from.elements);
    case 'map': {
      if (from.kind !== 'map' || !isOrderCompatible(to.keys, from.keys)) return false;
      return (to.frozen ? isOrderCompatible : isValueCompatible)(to.values, from.values);
    }
    case 'tuple':
      return from.kind === 'tuple' && componentsCompatible(to.elements, from.elements, isOrderCompatible);
    case 'udt':
      return from.kind === 'udt' && userTypesCompatible(to, from);
    default:
      return false;
  }
}

type UserTypeOf = Extract<CqlType, { kind: 'udt' }>;

function userTypesCompatible(to: UserTypeOf, from: UserTypeOf): boolean {
  if (to.keyspace !== from.keyspace || to.name !== from.name) return false;
  const types = (type: UserTypeOf): CqlType[] => type.fields.map((field) => field.type);
  return componentsCompatible(types(to), types(from), isOrderCompatible);
}

/** New components may be appended, none removed. */
function componentsCompatible(
  to: readonly CqlType[],
  from: readonly CqlType[],
  compatible: (type: CqlType, previous: CqlType) => boolean,
): boolean {
  return from.length <= to.length && from.every((previous, i) => compatible(to[i] as CqlType, previous));
}
