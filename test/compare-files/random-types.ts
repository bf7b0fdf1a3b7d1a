/** Random CQL types and literals of them: every native type, collections, tuples, user types and vectors. */
import type { Random } from '../durability/random.ts';

export interface UserType {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: CqlType }[];
}

export type CqlType =
  | { readonly kind: 'native'; readonly name: NativeName }
  | { readonly kind: 'list' | 'set'; readonly element: CqlType; readonly frozen: boolean }
  | { readonly kind: 'map'; readonly key: CqlType; readonly value: CqlType; readonly frozen: boolean }
  | { readonly kind: 'tuple'; readonly elements: readonly CqlType[] }
  | { readonly kind: 'udt'; readonly type: UserType; readonly frozen: boolean }
  | { readonly kind: 'vector'; readonly element: CqlType; readonly dimension: number };

const NATIVES = [
  ...['ascii', 'bigint', 'blob', 'boolean', 'date', 'decimal', 'double', 'duration', 'float', 'inet', 'int'],
  ...['smallint', 'text', 'time', 'timestamp', 'timeuuid', 'tinyint', 'uuid', 'varint', 'counter'],
] as const;
export type NativeName = (typeof NATIVES)[number];

/** Types that can be part of a key or of what is sorted. */
const SORTED: readonly NativeName[] = NATIVES.filter((name) => name !== 'duration' && name !== 'counter');
const PLAIN: readonly NativeName[] = NATIVES.filter((name) => name !== 'counter');
/** Not empty for these in Cassandra either, and SSTableExport fails on an empty boolean. */
const NEVER_EMPTY: ReadonlySet<NativeName> = new Set([
  ...(['smallint', 'tinyint', 'date', 'time', 'duration', 'counter', 'boolean'] as const),
]);

export const native = (name: NativeName): CqlType => ({ kind: 'native', name });

export function randomNative(random: Random, sorted: boolean): CqlType {
  return native(random.pick(sorted ? SORTED : PLAIN));
}

/** A type that a column can have: multi-cell collections and user types only when `multiCell`. */
export function randomType(random: Random, userTypes: readonly UserType[], multiCell: boolean): CqlType {
  if (random.chance(0.5)) return randomNative(random, false);
  return randomComposite(random, userTypes, !multiCell || random.chance(0.4), 0, false);
}

export function randomKeyType(random: Random, userTypes: readonly UserType[]): CqlType {
  if (random.chance(0.8)) return randomNative(random, true);
  return randomComposite(random, userTypes.slice(0, 1), true, 1, true);
}

function randomComposite(
  random: Random,
  userTypes: readonly UserType[],
  frozen: boolean,
  depth: number,
  sorted: boolean,
): CqlType {
  const inner = (keyed: boolean): CqlType =>
    depth > 1 || random.chance(0.7)
      ? randomNative(random, keyed)
      : randomComposite(random, userTypes, true, depth + 1, keyed);
  switch (random.below(userTypes.length > 0 ? 6 : 5)) {
    case 0:
      return { kind: 'list', element: inner(sorted), frozen };
    case 1:
      return { kind: 'set', element: inner(true), frozen };
    case 2:
      return { kind: 'map', key: inner(true), value: inner(sorted), frozen };
    case 3:
      return { kind: 'tuple', elements: Array.from({ length: 1 + random.below(3) }, () => inner(sorted)) };
    case 4:
      return { kind: 'vector', element: native(random.pick(['float', 'int', 'text'])), dimension: 1 + random.below(4) };
    default:
      return { kind: 'udt', type: random.pick(userTypes), frozen };
  }
}

/** Whether its parts are cells of their own. */
export function isMultiCell(type: CqlType): boolean {
  return (type.kind === 'list' || type.kind === 'set' || type.kind === 'map' || type.kind === 'udt') && !type.frozen;
}

export function typeText(type: CqlType): string {
  const wrap = (text: string, frozen: boolean) => (frozen ? `frozen<${text}>` : text);
  switch (type.kind) {
    case 'native':
      return type.name;
    case 'list':
    case 'set':
      return wrap(`${type.kind}<${frozenText(type.element)}>`, type.frozen);
    case 'map':
      return wrap(`map<${frozenText(type.key)}, ${frozenText(type.value)}>`, type.frozen);
    case 'tuple':
      return `tuple<${type.elements.map(frozenText).join(', ')}>`;
    case 'udt':
      return wrap(type.type.name, type.frozen);
    case 'vector':
      return `vector<${typeText(type.element)}, ${type.dimension}>`;
  }
}

function frozenText(type: CqlType): string {
  return typeText('frozen' in type ? { ...type, frozen: true } : type);
}

const list = (random: Random, most: number, item: () => string): string =>
  Array.from({ length: random.below(most + 1) }, item).join(', ');

/** A literal; `empty` allows the value without bytes where CQL can write one. */
export function literal(random: Random, type: CqlType, empty = false): string {
  const inner = (of: CqlType) => literal(random, of);
  switch (type.kind) {
    case 'native':
      if (empty && !NEVER_EMPTY.has(type.name) && random.chance(0.04)) return emptyLiteral(type.name);
      return nativeLiteral(random, type.name);
    case 'list':
      return `[${list(random, 4, () => inner(type.element))}]`;
    case 'set':
      // At least one: Cassandra does not know what `{}` is in a condition on a key.
      return `{${[inner(type.element), list(random, 3, () => inner(type.element))].filter(Boolean).join(', ')}}`;
    case 'map':
      return mapLiteral(random, type.key, type.value);
    case 'tuple':
      return `(${type.elements.map((element) => (random.chance(0.1) ? 'null' : inner(element))).join(', ')})`;
    case 'udt': {
      const present = type.type.fields.filter(() => random.chance(0.8));
      const fields = present.length > 0 ? present : type.type.fields.slice(0, 1);
      return `{${fields.map((field) => `${field.name}: ${random.chance(0.1) ? 'null' : inner(field.type)}`).join(', ')}}`;
    }
    case 'vector':
      return `[${Array.from({ length: type.dimension }, () => inner(type.element)).join(', ')}]`;
  }
}

/** Not empty, as sets. Each key once: which of two values for one key of a literal wins is no question of files. */
function mapLiteral(random: Random, key: CqlType, value: CqlType): string {
  const entries = new Map<string, string>();
  for (let left = 1 + random.below(4); left > 0; --left) entries.set(literal(random, key), literal(random, value));
  return `{${[...entries].map((entry) => entry.join(': ')).join(', ')}}`;
}

function emptyLiteral(name: NativeName): string {
  if (name === 'text' || name === 'ascii') return "''";
  return name === 'blob' ? '0x' : `blob_as_${name}(0x)`;
}

const hex = (random: Random, bytes: number) =>
  Array.from({ length: bytes }, () => random.below(256).toString(16).padStart(2, '0')).join('');
const digits = (random: Random, count: number) => Array.from({ length: count }, () => random.below(10)).join('');
const sign = (random: Random) => (random.chance(0.4) ? '-' : '');
const padded = (value: number, width = 2) => String(value).padStart(width, '0');
const uuid = (random: Random, version: number) => {
  const text = hex(random, 16);
  const variant = '89ab'[random.below(4)];
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${version}${text.slice(13, 16)}-${variant}${text.slice(17, 20)}-${text.slice(20)}`;
};
const WORDS = ['', 'a', 'b', 'key', 'Ünïcödé', '日本', "it''s", 'with space', 'x'.repeat(130), '🙂', '\\', '"', 'A'];
const integer = (random: Random, bits: number) => {
  const limit = 2n ** BigInt(bits - 1);
  if (random.chance(0.1)) return String(random.chance(0.5) ? limit - 1n : -limit);
  return `${sign(random)}${BigInt(random.below(2 ** Math.min(bits - 1, 40)))}`;
};

function nativeLiteral(random: Random, name: NativeName): string {
  switch (name) {
    case 'ascii':
      return `'${random.pick(['', 'a', 'ascii', 'Z', '~', 'k'.repeat(70)])}'`;
    case 'text':
      return random.chance(0.7) ? `'${random.pick(WORDS)}'` : `'${hex(random, 1 + random.below(40))}'`;
    case 'blob':
      return `0x${hex(random, random.below(20))}`;
    case 'boolean':
      return random.pick(['true', 'false']);
    case 'bigint':
    case 'counter':
      return integer(random, 64);
    case 'int':
      return integer(random, 32);
    case 'smallint':
      return integer(random, 16);
    case 'tinyint':
      return integer(random, 8);
    case 'varint':
      return `${sign(random)}${random.chance(0.3) ? digits(random, 1 + random.below(40)) : random.below(300)}`;
    case 'decimal':
      return `${sign(random)}${random.below(1000)}.${digits(random, 1 + random.below(8))}${random.chance(0.2) ? 'e10' : ''}`;
    case 'double':
    case 'float':
      return random.pick(['0.0', '-0.0', 'NaN', 'Infinity', '-Infinity', '1.5', '-2.25e10', String(random.next())]);
    case 'date':
      return `'${padded(1970 + random.below(80), 4)}-${padded(1 + random.below(12))}-${padded(1 + random.below(28))}'`;
    case 'time':
      return `'${padded(random.below(24))}:${padded(random.below(60))}:${padded(random.below(60))}.${digits(random, 9)}'`;
    case 'timestamp':
      return `${sign(random)}${random.below(2_000_000_000)}${digits(random, 3)}`;
    case 'timeuuid':
      return uuid(random, 1);
    case 'uuid':
      return uuid(random, 4);
    case 'inet':
      return random.pick(["'127.0.0.1'", "'::1'", `'10.0.${random.below(256)}.7'`, "'2001:db8::ff00:42:8329'"]);
    case 'duration':
      return `${sign(random)}${random.below(30)}mo${random.below(400)}d${random.below(100)}h${random.below(1000)}ns`;
  }
}
