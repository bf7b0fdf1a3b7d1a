import { ByteWriter } from './byte-writer.ts';
import { marshalName } from './marshal-name.ts';
import { NATIVE_TYPES } from './native-kinds.ts';
import { type CqlType, isNative } from './type.ts';

export type ProtocolVersion = 3 | 4 | 5;

const CUSTOM = 0x0000;
const LIST = 0x0020;
const MAP = 0x0021;
const SET = 0x0022;
const UDT = 0x0030;
const TUPLE = 0x0031;

/**
 * The `[option]` of a column's type in RESULT metadata (protocol section 4.2.5.2). Types younger than the version, and
 * vectors, travel as custom types by their class string.
 */
export function encodeTypeOption(type: CqlType, version: ProtocolVersion): Uint8Array {
  const out = new ByteWriter();
  writeTypeOption(out, type, version);
  return out.finish();
}

export function writeTypeOption(out: ByteWriter, type: CqlType, version: ProtocolVersion): void {
  if (isNative(type)) {
    const { optionId, sinceVersion } = NATIVE_TYPES[type.kind];
    if (optionId !== null && version >= sinceVersion) out.u16(optionId);
    else writeCustom(out, type);
    return;
  }
  switch (type.kind) {
    case 'list':
      writeTypeOption(out.u16(LIST), type.elements, version);
      return;
    case 'set':
      writeTypeOption(out.u16(SET), type.elements, version);
      return;
    case 'map':
      writeTypeOption(out.u16(MAP), type.keys, version);
      writeTypeOption(out, type.values, version);
      return;
    case 'udt':
      out.u16(UDT).string(type.keyspace).string(type.name).u16(type.fields.length);
      for (const field of type.fields) writeTypeOption(out.string(field.name), field.type, version);
      return;
    case 'tuple':
      out.u16(TUPLE).u16(type.elements.length);
      for (const element of type.elements) writeTypeOption(out, element, version);
      return;
    case 'reversed':
      writeTypeOption(out, type.base, version);
      return;
    case 'vector':
    case 'custom':
      writeCustom(out, type);
  }
}

function writeCustom(out: ByteWriter, type: CqlType): void {
  out.u16(CUSTOM).string(marshalName(type));
}
