/** Types as result metadata carries them (section 4.2.5.2, `<option>`). */
import type { WireReader } from './wire.ts';

export type WireType =
  | { readonly kind: 'native'; readonly name: string }
  | { readonly kind: 'custom'; readonly className: string }
  | { readonly kind: 'list' | 'set'; readonly element: WireType }
  | { readonly kind: 'vector'; readonly element: WireType; readonly dimension: number }
  | { readonly kind: 'map'; readonly key: WireType; readonly value: WireType }
  | { readonly kind: 'tuple'; readonly elements: readonly WireType[] }
  | {
      readonly kind: 'udt';
      readonly keyspace: string;
      readonly name: string;
      readonly fields: readonly { readonly name: string; readonly type: WireType }[];
    };

const NATIVE: Readonly<Record<number, string>> = {
  1: 'ascii',
  2: 'bigint',
  3: 'blob',
  4: 'boolean',
  5: 'counter',
  6: 'decimal',
  7: 'double',
  8: 'float',
  9: 'int',
  11: 'timestamp',
  12: 'uuid',
  13: 'varchar',
  14: 'varint',
  15: 'timeuuid',
  16: 'inet',
  17: 'date',
  18: 'time',
  19: 'smallint',
  20: 'tinyint',
  21: 'duration',
};

const CUSTOM = 0x00;
const LIST = 0x20;
const MAP = 0x21;
const SET = 0x22;
const UDT = 0x30;
const TUPLE = 0x31;

export function readType(reader: WireReader): WireType {
  const id = reader.u16();
  switch (id) {
    case CUSTOM:
      return customType(reader.string());
    case LIST:
      return { kind: 'list', element: readType(reader) };
    case SET:
      return { kind: 'set', element: readType(reader) };
    case MAP:
      return { kind: 'map', key: readType(reader), value: readType(reader) };
    case TUPLE:
      return { kind: 'tuple', elements: reader.list(reader.u16(), () => readType(reader)) };
    case UDT: {
      const keyspace = reader.string();
      const name = reader.string();
      const fields = reader.list(reader.u16(), () => ({ name: reader.string(), type: readType(reader) }));
      return { kind: 'udt', keyspace, name, fields };
    }
    default: {
      const name = NATIVE[id];
      if (name === undefined) throw new Error(`a type id that the protocol does not have: ${id}`);
      return { kind: 'native', name };
    }
  }
}

/** Of the custom types a vector of a simple type is understood, so that its values can be shown. */
function customType(className: string): WireType {
  const vector = /^org\.apache\.cassandra\.db\.marshal\.VectorType\(([\w.]+)\s*,\s*(\d+)\)$/.exec(className);
  const element = VECTOR_ELEMENTS[vector?.[1]?.split('.').at(-1) ?? ''];
  if (vector === null || element === undefined) return { kind: 'custom', className };
  return { kind: 'vector', element: { kind: 'native', name: element }, dimension: Number(vector[2]) };
}

const VECTOR_ELEMENTS: Readonly<Record<string, string>> = {
  FloatType: 'float',
  DoubleType: 'double',
  Int32Type: 'int',
  LongType: 'bigint',
  UTF8Type: 'varchar',
};

/** As CQL writes it; a user type with its keyspace. */
export function typeText(type: WireType): string {
  switch (type.kind) {
    case 'native':
      return type.name;
    case 'custom':
      return `'${type.className}'`;
    case 'list':
    case 'set':
      return `${type.kind}<${typeText(type.element)}>`;
    case 'vector':
      return `vector<${typeText(type.element)}, ${type.dimension}>`;
    case 'map':
      return `map<${typeText(type.key)}, ${typeText(type.value)}>`;
    case 'tuple':
      return `tuple<${type.elements.map(typeText).join(', ')}>`;
    case 'udt':
      return `${type.keyspace}.${type.name}{${type.fields.map((field) => `${field.name} ${typeText(field.type)}`).join(', ')}}`;
  }
}
