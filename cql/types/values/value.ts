import { cqlName } from '../cql-name.ts';
import { quoteIdentifier, quoteString } from '../identifiers.ts';
import { type CqlType, isCollection, isNative, type NativeType, type TupleType, type UserType } from '../type.ts';
import { compareBytes, toHex } from './bytes.ts';
import { marshalError, type NowMillis, type ValueCodec } from './codec.ts';
import type { CqlValue } from './cql-value.ts';
import { joinCollection, joinTuple, joinVector, splitCollection, splitTuple, splitVector } from './frames.ts';
import { NATIVE_CODECS } from './native-codecs.ts';
import { blobCodec, textCodec } from './texts.ts';
import { parseUuid } from './uuids.ts';
import { fixedLength } from './widths.ts';

type Bytes = Uint8Array | null;

function codecOf(type: NativeType): ValueCodec<CqlValue> {
  return NATIVE_CODECS[type.kind];
}

function tupleTypes(type: TupleType | UserType): readonly CqlType[] {
  return type.kind === 'tuple' ? type.elements : type.fields.map((field) => field.type);
}

function tupleParts(type: TupleType | UserType, bytes: Uint8Array): Bytes[] {
  return splitTuple(tupleTypes(type).length, bytes, type.kind === 'tuple' ? 'tuple' : 'UDT');
}

/** The type of the i-th part of a collection or vector, a map's keys and values alternating. */
function elementType(type: Extract<CqlType, { kind: 'list' | 'set' | 'map' | 'vector' }>, index: number): CqlType {
  if (type.kind !== 'map') return type.elements;
  return index % 2 === 0 ? type.keys : type.values;
}

/** Throws an invalid request with Cassandra's words when the bytes are no value of the type (`AbstractType.validate`). */
export function validateValue(type: CqlType, bytes: Uint8Array): void {
  if (isNative(type)) {
    codecOf(type).validate(bytes);
    return;
  }
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      for (const [i, part] of splitCollection(type, bytes).entries()) validateValue(elementType(type, i), part);
      return;
    case 'vector':
      if (bytes.length === 0) throw marshalError('Invalid empty vector value');
      for (const part of splitVector(type, bytes, cqlName(type))) validateValue(type.elements, part);
      return;
    case 'tuple':
    case 'udt': {
      const types = tupleTypes(type);
      for (const [i, part] of tupleParts(type, bytes).entries()) {
        if (part !== null) validateValue(types[i] as CqlType, part);
      }
      return;
    }
    case 'reversed':
      validateValue(type.base, bytes);
      return;
    case 'custom':
      return;
  }
}

/** Bytes of a literal's text (`AbstractType.fromString`). Collections and vectors have no text but their bytes in hexadecimal. */
export function valueFromText(type: CqlType, text: string, now: NowMillis = Date.now): Uint8Array {
  if (isNative(type)) return codecOf(type).fromText(text, now);
  if (type.kind === 'reversed') return valueFromText(type.base, text, now);
  if (type.kind === 'tuple' || type.kind === 'udt') return tupleFromText(type, text, now);
  if (type.kind === 'custom' && fixedLength(type) === 16) return lexicalUuid(text);
  return blobCodec.fromText(text, now);
}

function lexicalUuid(text: string): Uint8Array {
  const bytes = parseUuid(text);
  if (bytes === null) throw marshalError(`unable to make UUID from '${text}'`);
  return bytes;
}

/** `a:b:@`, `@` for null, `\:` and `\@` for the characters themselves. */
function tupleFromText(type: TupleType | UserType, text: string, now: NowMillis): Uint8Array {
  const types = tupleTypes(type);
  const words = text.split(/(?<!\\):/);
  if (words.length > types.length) {
    const what = type.kind === 'tuple' ? 'tuple' : 'UDT';
    throw marshalError(
      `Invalid ${what} literal: too many elements. Type ${cqlName(type)} expects ${types.length} but got ${words.length}`,
    );
  }
  const parts = words.map((word, i) => {
    if (word === '@') return null;
    return valueFromText(types[i] as CqlType, word.replaceAll('\\:', ':').replaceAll('\\@', '@'), now);
  });
  return joinTuple(parts);
}

/** As `AbstractType.getString` prints the value; empty for a null one. */
export function valueText(type: CqlType, bytes: Bytes): string {
  if (bytes === null) return 'null';
  if (isNative(type)) {
    if (bytes.length === 0) return '';
    return type.kind === 'counter' ? toHex(bytes) : codecOf(type).toText(bytes);
  }
  switch (type.kind) {
    case 'tuple':
    case 'udt': {
      const types = tupleTypes(type);
      const texts = tupleParts(type, bytes).map((part, i) => {
        if (part === null) return '@';
        return valueText(types[i] as CqlType, part)
          .replaceAll(':', '\\:')
          .replaceAll('@', '\\@');
      });
      return texts.join(':');
    }
    case 'reversed':
      return valueText(type.base, bytes);
    default:
      return toHex(bytes);
  }
}

/** The value as a CQL literal (`CQL3Type.toCQLLiteral`). */
export function valueLiteral(type: CqlType, bytes: Bytes): string {
  if (bytes === null) return 'null';
  if (isNative(type)) return nativeLiteral(type, bytes);
  const inner = (parts: readonly Bytes[], typeAt: (i: number) => CqlType): string[] =>
    parts.map((part, i) => valueLiteral(typeAt(i), part));
  switch (type.kind) {
    case 'list':
      return `[${inner(splitCollection(type, bytes), () => type.elements).join(', ')}]`;
    case 'set':
      return `{${inner(splitCollection(type, bytes), () => type.elements).join(', ')}}`;
    case 'map': {
      const texts = inner(splitCollection(type, bytes), (i) => elementType(type, i));
      const pairs = texts.flatMap((text, i) => (i % 2 === 0 ? [`${text}: ${texts[i + 1]}`] : []));
      return `{${pairs.join(', ')}}`;
    }
    case 'vector':
      return `[${inner(splitVector(type, bytes, cqlName(type)), () => type.elements).join(', ')}]`;
    case 'tuple':
      return `(${inner(tupleParts(type, bytes), (i) => type.elements[i] as CqlType).join(', ')})`;
    case 'udt': {
      const texts = inner(tupleParts(type, bytes), (i) => tupleTypes(type)[i] as CqlType);
      return `{${texts.map((text, i) => `${quoteIdentifier(type.fields[i]?.name ?? '')}: ${text}`).join(', ')}}`;
    }
    case 'reversed':
      return valueLiteral(type.base, bytes);
    case 'custom':
      return `0x${toHex(bytes)}`;
  }
}

function nativeLiteral(type: NativeType, bytes: Uint8Array): string {
  if (type.kind === 'blob') return `0x${toHex(bytes)}`;
  const codec = codecOf(type);
  if (bytes.length === 0) return codec === textCodec || type.kind === 'ascii' ? "''" : 'null';
  return codec.quoted ? quoteString(codec.toText(bytes)) : codec.toText(bytes);
}

/** The value in JavaScript; null for null and for the empty value of types that have one. */
export function decodeValue(type: CqlType, bytes: Bytes): CqlValue {
  if (bytes === null) return null;
  if (isNative(type)) return codecOf(type).decode(bytes);
  switch (type.kind) {
    case 'list':
    case 'set':
      return splitCollection(type, bytes).map((part) => decodeValue(type.elements, part));
    case 'map': {
      const parts = splitCollection(type, bytes).map((part, i) => decodeValue(elementType(type, i), part));
      return parts.flatMap((key, i) => (i % 2 === 0 ? [[key, parts[i + 1] as CqlValue]] : []));
    }
    case 'vector':
      return splitVector(type, bytes, cqlName(type)).map((part) => decodeValue(type.elements, part));
    case 'tuple':
    case 'udt': {
      const parts = tupleParts(type, bytes);
      return tupleTypes(type).map((component, i) => decodeValue(component, parts[i] ?? null));
    }
    case 'reversed':
      return decodeValue(type.base, bytes);
    case 'custom':
      return bytes;
  }
}

/** The inverse of `decodeValue`. Sets and maps are stored in the order of their elements and keys. */
export function encodeValue(type: CqlType, value: CqlValue): Bytes {
  if (value === null) return null;
  if (isNative(type)) return codecOf(type).encode(value);
  switch (type.kind) {
    case 'reversed':
      return encodeValue(type.base, value);
    case 'custom':
      return value as Uint8Array;
    case 'tuple':
    case 'udt': {
      const types = tupleTypes(type);
      return joinTuple((value as readonly CqlValue[]).map((part, i) => encodeValue(types[i] as CqlType, part)));
    }
    case 'vector':
      return joinVector(type, encodeElements(type.elements, value as readonly CqlValue[]));
    case 'list':
      return joinCollection(type, encodeElements(type.elements, value as readonly CqlValue[]));
    case 'set': {
      const parts = encodeElements(type.elements, value as readonly CqlValue[]);
      return joinCollection(
        type,
        parts.sort((a, b) => compareValues(type.elements, a, b)),
      );
    }
    case 'map': {
      const pairs = (value as readonly (readonly CqlValue[])[]).map((pair) => [
        notNull(encodeValue(type.keys, pair[0] as CqlValue)),
        notNull(encodeValue(type.values, pair[1] as CqlValue)),
      ]);
      pairs.sort((a, b) => compareValues(type.keys, a[0] as Uint8Array, b[0] as Uint8Array));
      return joinCollection(type, pairs.flat());
    }
  }
}

function encodeElements(type: CqlType, values: readonly CqlValue[]): Uint8Array[] {
  return values.map((value) => notNull(encodeValue(type, value)));
}

function notNull(bytes: Bytes): Uint8Array {
  if (bytes === null) throw marshalError('null is not supported inside collections');
  return bytes;
}

/** The order of two values of the type (`AbstractType.compare`): negative, zero or positive. */
export function compareValues(type: CqlType, left: Uint8Array, right: Uint8Array): number {
  if (isNative(type)) return codecOf(type).compare(left, right);
  if (type.kind === 'reversed') return compareValues(type.base, right, left);
  if (type.kind === 'custom') return compareBytes(left, right);
  if (left.length === 0 || right.length === 0) return Math.sign(left.length - right.length);
  if (isCollection(type) || type.kind === 'vector') {
    const split = (bytes: Uint8Array): Uint8Array[] =>
      type.kind === 'vector' ? splitVector(type, bytes, cqlName(type)) : splitCollection(type, bytes);
    return compareParts(split(left), split(right), (i) => elementType(type, i));
  }
  const types = tupleTypes(type);
  return compareParts(tupleParts(type, left), tupleParts(type, right), (i) => types[i] as CqlType);
}

/** Part by part, null before any value, and what ends first before what goes on. Missing tuple parts equal nulls. */
function compareParts(left: readonly Bytes[], right: readonly Bytes[], typeAt: (i: number) => CqlType): number {
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) {
    const a = left[i] as Bytes;
    const b = right[i] as Bytes;
    if (a === null || b === null) {
      if (a !== b) return a === null ? -1 : 1;
      continue;
    }
    const order = compareValues(typeAt(i), a, b);
    if (order !== 0) return order;
  }
  const longer = left.length > right.length ? left : right;
  if (longer.slice(shared).every((part) => part === null)) return 0;
  return Math.sign(left.length - right.length);
}
