/** Values of result rows as text that tells different bytes apart; bytes that do not fit their type show as hex. */
import { typeText, type WireType } from './types.ts';
import { WireReader } from './wire.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** `bytes` as text; null stays null. */
export function valueText(type: WireType, bytes: Buffer | null): string | null {
  if (bytes === null) return null;
  try {
    return decode(type, bytes);
  } catch {
    return `!${typeText(type)} 0x${bytes.toString('hex')}`;
  }
}

function decode(type: WireType, bytes: Buffer): string {
  switch (type.kind) {
    case 'native':
      return native(type.name, bytes);
    case 'custom':
      return `0x${bytes.toString('hex')}`;
    case 'vector':
      return vector(type.element, type.dimension, bytes);
    default:
      return whole(new WireReader(bytes), (reader) => composite(type, reader));
  }
}

/** Fails when bytes are left over. */
function whole(reader: WireReader, decodeFrom: (reader: WireReader) => string): string {
  const text = decodeFrom(reader);
  if (reader.left !== 0) throw new RangeError(`${reader.left} bytes left over`);
  return text;
}

function composite(type: Exclude<WireType, { kind: 'native' | 'custom' | 'vector' }>, reader: WireReader): string {
  const element = (of: WireType) => valueText(of, reader.bytes()) ?? 'null';
  switch (type.kind) {
    case 'list':
      return `[${reader.list(reader.i32(), () => element(type.element)).join(', ')}]`;
    case 'set':
      return `{${reader.list(reader.i32(), () => element(type.element)).join(', ')}}`;
    case 'map':
      return `{${reader.list(reader.i32(), () => `${element(type.key)}: ${element(type.value)}`).join(', ')}}`;
    // A tuple and a user type may end early: fields that were added later are absent.
    case 'tuple':
      return `(${type.elements.map((of) => (reader.left === 0 ? 'absent' : element(of))).join(', ')})`;
    case 'udt':
      return `{${type.fields.map((field) => `${field.name}: ${reader.left === 0 ? 'absent' : element(field.type)}`).join(', ')}}`;
  }
}

const FIXED_WIDTH: Readonly<Record<string, number>> = { float: 4, double: 8, int: 4, bigint: 8 };

function vector(element: WireType, dimension: number, bytes: Buffer): string {
  const width = element.kind === 'native' ? FIXED_WIDTH[element.name] : undefined;
  return whole(new WireReader(bytes), (reader) => {
    const texts = reader.list(dimension, () => {
      const size = width ?? Number(readUnsignedVint(reader));
      return valueText(element, reader.take(size));
    });
    return `[${texts.join(', ')}]`;
  });
}

type NativeText = (bytes: Buffer) => string;

/** A reader for exactly `width` bytes; an empty value is shown as such. */
function fixed(width: number, text: NativeText): NativeText {
  return (bytes) => {
    if (bytes.length === 0) return 'empty';
    if (bytes.length !== width) throw new RangeError(`${bytes.length} bytes, ${width} expected`);
    return text(bytes);
  };
}

const NATIVE_TEXT: Readonly<Record<string, NativeText>> = {
  ascii: quoted,
  varchar: quoted,
  blob: (bytes) => `0x${bytes.toString('hex')}`,
  boolean: fixed(1, (bytes) => ['false', 'true'][bytes.readUInt8()] ?? `boolean ${bytes.readUInt8()}`),
  tinyint: fixed(1, (bytes) => String(bytes.readInt8())),
  smallint: fixed(2, (bytes) => String(bytes.readInt16BE())),
  int: fixed(4, (bytes) => String(bytes.readInt32BE())),
  bigint: fixed(8, (bytes) => String(bytes.readBigInt64BE())),
  counter: fixed(8, (bytes) => String(bytes.readBigInt64BE())),
  float: fixed(4, (bytes) => numberText(bytes.readFloatBE())),
  double: fixed(8, (bytes) => numberText(bytes.readDoubleBE())),
  timestamp: fixed(8, (bytes) => `${bytes.readBigInt64BE()}ms`),
  date: fixed(4, (bytes) => `${bytes.readUInt32BE() - 2 ** 31}d`),
  time: fixed(8, (bytes) => `${bytes.readBigInt64BE()}ns`),
  uuid: fixed(16, uuid),
  timeuuid: fixed(16, uuid),
  inet,
  varint: (bytes) => (bytes.length === 0 ? 'empty' : String(signed(bytes))),
  decimal: (bytes) => (bytes.length === 0 ? 'empty' : `${signed(bytes.subarray(4))}e${-bytes.readInt32BE()}`),
  duration,
};

function native(name: string, bytes: Buffer): string {
  const text = NATIVE_TEXT[name];
  if (text === undefined) throw new Error(`no text for ${name}`);
  return text(bytes);
}

function quoted(bytes: Buffer): string {
  return `'${UTF8.decode(bytes)}'`;
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function uuid(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function inet(bytes: Buffer): string {
  if (bytes.length === 0) return 'empty';
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) throw new RangeError(`${bytes.length} bytes of an address`);
  return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(group * 2).toString(16)).join(':');
}

function signed(bytes: Buffer): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}

function duration(bytes: Buffer): string {
  return whole(new WireReader(bytes), (reader) => {
    const zigzag = () => {
      const value = readUnsignedVint(reader);
      return (value >> 1n) ^ -(value & 1n);
    };
    return `${zigzag()}mo${zigzag()}d${zigzag()}ns`;
  });
}

/** Section 3, [unsigned vint]: the leading ones of the first byte say how many bytes follow. */
function readUnsignedVint(reader: WireReader): bigint {
  const first = reader.u8();
  const extra = Math.clz32(~(first << 24));
  let value = BigInt(extra >= 8 ? 0 : first & (0xff >> (extra + 1)));
  for (let index = 0; index < extra; index++) value = (value << 8n) | BigInt(reader.u8());
  return value;
}
