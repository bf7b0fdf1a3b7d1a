import type { NativeKind } from './native-kinds.ts';

/** A type without parameters (`int`, `text`, …). `varchar` is the alias of `text` and has no kind of its own. */
export interface NativeType {
  readonly kind: NativeKind;
}

export interface ListType {
  readonly kind: 'list';
  readonly elements: CqlType;
  readonly frozen: boolean;
}

export interface SetType {
  readonly kind: 'set';
  readonly elements: CqlType;
  readonly frozen: boolean;
}

export interface MapType {
  readonly kind: 'map';
  readonly keys: CqlType;
  readonly values: CqlType;
  readonly frozen: boolean;
}

/** Tuples are always frozen. */
export interface TupleType {
  readonly kind: 'tuple';
  readonly elements: readonly CqlType[];
}

export interface UserField {
  readonly name: string;
  readonly type: CqlType;
}

export interface UserType {
  readonly kind: 'udt';
  readonly keyspace: string;
  readonly name: string;
  readonly fields: readonly UserField[];
  readonly frozen: boolean;
}

/** A fixed number of non-null elements, always frozen. */
export interface VectorType {
  readonly kind: 'vector';
  readonly elements: CqlType;
  readonly dimension: number;
}

/** A marshal class that has no CQL name (`CompositeType(...)`, `LexicalUUIDType`); its values are opaque bytes here. */
export interface CustomType {
  readonly kind: 'custom';
  readonly className: string;
}

/** The stored order of a DESC clustering column. It appears in marshal names only; CQL sees the base type. */
export interface ReversedType {
  readonly kind: 'reversed';
  readonly base: CqlType;
}

export type CollectionType = ListType | SetType | MapType;

export type CqlType = NativeType | CollectionType | TupleType | UserType | VectorType | CustomType | ReversedType;

export type CqlKind = CqlType['kind'];

const NATIVES = new Map<NativeKind, NativeType>();

/** The one object of a native kind, so that natives may be compared by identity. */
export function native(kind: NativeKind): NativeType {
  let type = NATIVES.get(kind);
  if (type === undefined) {
    type = Object.freeze({ kind });
    NATIVES.set(kind, type);
  }
  return type;
}

export function list(elements: CqlType, frozen = false): ListType {
  return Object.freeze({ kind: 'list', elements: frozen ? freeze(elements) : elements, frozen });
}

export function set(elements: CqlType, frozen = false): SetType {
  return Object.freeze({ kind: 'set', elements: frozen ? freeze(elements) : elements, frozen });
}

export function map(keys: CqlType, values: CqlType, frozen = false): MapType {
  return Object.freeze({
    kind: 'map',
    keys: frozen ? freeze(keys) : keys,
    values: frozen ? freeze(values) : values,
    frozen,
  });
}

export function tuple(elements: readonly CqlType[]): TupleType {
  return Object.freeze({ kind: 'tuple', elements: Object.freeze(elements.map(freeze)) });
}

export function userType(keyspace: string, name: string, fields: readonly UserField[], frozen = false): UserType {
  const kept = fields.map((field) => Object.freeze({ name: field.name, type: freezeInner(field.type, frozen) }));
  return Object.freeze({ kind: 'udt', keyspace, name, fields: Object.freeze(kept), frozen });
}

export function vector(elements: CqlType, dimension: number): VectorType {
  return Object.freeze({ kind: 'vector', elements: freeze(elements), dimension });
}

export function custom(className: string): CustomType {
  return Object.freeze({ kind: 'custom', className });
}

export function reversed(base: CqlType): ReversedType {
  return Object.freeze({ kind: 'reversed', base });
}

function freezeInner(type: CqlType, frozen: boolean): CqlType {
  return frozen ? freeze(type) : type;
}

/** The same type, frozen through and through. Types that have no unfrozen form are returned as they are. */
export function freeze(type: CqlType): CqlType {
  switch (type.kind) {
    case 'list':
      return type.frozen ? type : list(type.elements, true);
    case 'set':
      return type.frozen ? type : set(type.elements, true);
    case 'map':
      return type.frozen ? type : map(type.keys, type.values, true);
    case 'udt':
      return type.frozen ? type : userType(type.keyspace, type.name, type.fields, true);
    default:
      return type;
  }
}

/** Whether a value of a column of this type is kept as several cells. */
export function isMultiCell(type: CqlType): boolean {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
    case 'udt':
      return !type.frozen;
    case 'reversed':
      return isMultiCell(type.base);
    default:
      return false;
  }
}

export function isCollection(type: CqlType): type is CollectionType {
  return type.kind === 'list' || type.kind === 'set' || type.kind === 'map';
}

export function isNative(type: CqlType): type is NativeType {
  return !COMPOUND_KINDS.has(type.kind);
}

const COMPOUND_KINDS: ReadonlySet<string> = new Set([
  'list',
  'set',
  'map',
  'tuple',
  'udt',
  'vector',
  'custom',
  'reversed',
]);

export function isCounter(type: CqlType): boolean {
  return type.kind === 'counter';
}

/** The type without its reversed wrapper. */
export function unwrapReversed(type: CqlType): CqlType {
  return type.kind === 'reversed' ? unwrapReversed(type.base) : type;
}

/** The types a type is made of, outermost level only. */
export function componentTypes(type: CqlType): readonly CqlType[] {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'vector':
      return [type.elements];
    case 'map':
      return [type.keys, type.values];
    case 'tuple':
      return type.elements;
    case 'udt':
      return type.fields.map((field) => field.type);
    case 'reversed':
      return [type.base];
    default:
      return [];
  }
}

/** Whether `type` is or contains a type for which `test` holds. */
export function someType(type: CqlType, test: (type: CqlType) => boolean): boolean {
  return test(type) || componentTypes(type).some((component) => someType(component, test));
}

/** Whether the type is or mentions the user type `name` of `keyspace`. */
export function referencesUserType(type: CqlType, keyspace: string, name: string): boolean {
  return someType(type, (part) => part.kind === 'udt' && part.keyspace === keyspace && part.name === name);
}

export function mentionsCounter(type: CqlType): boolean {
  return someType(type, isCounter);
}

export function mentionsDuration(type: CqlType): boolean {
  return someType(type, (part) => part.kind === 'duration');
}

/** The type with every mention of one user type replaced by `replacement`'s fields (ALTER TYPE), frozenness kept. */
export function replaceUserType(type: CqlType, replacement: UserType): CqlType {
  const swap = (part: CqlType): CqlType => replaceUserType(part, replacement);
  switch (type.kind) {
    case 'list':
      return list(swap(type.elements), type.frozen);
    case 'set':
      return set(swap(type.elements), type.frozen);
    case 'map':
      return map(swap(type.keys), swap(type.values), type.frozen);
    case 'tuple':
      return tuple(type.elements.map(swap));
    case 'vector':
      return vector(swap(type.elements), type.dimension);
    case 'reversed':
      return reversed(swap(type.base));
    case 'udt':
      if (type.keyspace === replacement.keyspace && type.name === replacement.name) {
        return userType(type.keyspace, type.name, replacement.fields, type.frozen);
      }
      return userType(
        type.keyspace,
        type.name,
        type.fields.map((field) => ({ name: field.name, type: swap(field.type) })),
        type.frozen,
      );
    default:
      return type;
  }
}
