/**
 * Bound values from JSON, by the type that PREPARE announced: numbers, strings, arrays for lists, sets,
 * tuples, user types and vectors, arrays of pairs for maps. `{"hex": "00ff"}` is bytes as they are,
 * `{"unset": true}` no value at all.
 */
import { typeText, type WireType } from './types.ts';
import { type BoundValue, WireWriter } from './wire.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function boundValue(type: WireType | undefined, value: Json): BoundValue {
  if (value === null) return null;
  if (typeof value === 'object' && !isArray(value)) {
    if (value['unset'] === true) return undefined;
    return Buffer.from(String(value['hex']), 'hex');
  }
  // More values than markers: the server is to say so.
  if (type === undefined) return Buffer.from(String(value));
  return encode(type, value);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function elements(type: WireType, value: Json): readonly Json[] {
  if (!isArray(value)) throw new Error(`an array is needed for ${typeText(type)}`);
  return value;
}

function encode(type: WireType, value: Json): Buffer {
  switch (type.kind) {
    case 'native':
      return encodeNative(type.name, value);
    case 'custom':
      throw new Error(`give a value of ${type.className} as hex`);
    case 'list':
    case 'set': {
      const list = elements(type, value);
      const out = new WireWriter().i32(list.length);
      for (const element of list) out.value(boundValue(type.element, element));
      return out.finish();
    }
    case 'map': {
      const pairs = elements(type, value).map((pair) => elements(type, pair));
      const out = new WireWriter().i32(pairs.length);
      for (const [key = null, mapped = null] of pairs) {
        out.value(boundValue(type.key, key)).value(boundValue(type.value, mapped));
      }
      return out.finish();
    }
    case 'vector':
      return Buffer.concat(elements(type, value).map((element) => encode(type.element, element)));
    case 'tuple':
      return fieldBytes(type.elements, elements(type, value));
    case 'udt':
      return fieldBytes(
        type.fields.map((field) => field.type),
        elements(type, value),
      );
  }
}

function fieldBytes(types: readonly WireType[], values: readonly Json[]): Buffer {
  const out = new WireWriter();
  values.forEach((value, index) => {
    out.value(boundValue(types[index], value));
  });
  return out.finish();
}

const NATIVE_BYTES: Readonly<Record<string, (value: Json) => Buffer>> = {
  ascii: (value) => Buffer.from(String(value)),
  varchar: (value) => Buffer.from(String(value)),
  boolean: (value) => Buffer.of(value === true ? 1 : 0),
  tinyint: (value) => integer(value, 1),
  smallint: (value) => integer(value, 2),
  int: (value) => integer(value, 4),
  bigint: (value) => integer(value, 8),
  counter: (value) => integer(value, 8),
  timestamp: (value) => integer(value, 8),
  time: (value) => integer(value, 8),
  date: (value) => integer(Number(value) + 2 ** 31, 4),
  uuid: (value) => Buffer.from(String(value).replaceAll('-', ''), 'hex'),
  timeuuid: (value) => Buffer.from(String(value).replaceAll('-', ''), 'hex'),
  float: (value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(Number(value));
    return bytes;
  },
  double: (value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(Number(value));
    return bytes;
  },
};

function encodeNative(name: string, value: Json): Buffer {
  const bytes = NATIVE_BYTES[name];
  if (bytes === undefined) throw new Error(`give a value of ${name} as hex`);
  return bytes(value);
}

/** Two's complement in `width` bytes, whatever the sign it was given with. */
function integer(value: Json, width: number): Buffer {
  const bits = BigInt.asUintN(width * 8, BigInt(value as number | string));
  return Buffer.from(bits.toString(16).padStart(width * 2, '0'), 'hex');
}
