export { ByteWriter } from './byte-writer.ts';
export { type Assignability, isOrderCompatible, isValueCompatible, sameType, testAssignment } from './compatibility.ts';
export { cqlName } from './cql-name.ts';
export { isReservedWord, quoteIdentifier, quoteString } from './identifiers.ts';
export { MARSHAL_PACKAGE, marshalName } from './marshal-name.ts';
export { MarshalParseError, parseMarshalName } from './marshal-parser.ts';
export { NATIVE_BY_CQL_NAME, NATIVE_KINDS, NATIVE_TYPES, type NativeKind } from './native-kinds.ts';
export * from './type.ts';
export { encodeTypeOption, type ProtocolVersion, writeTypeOption } from './wire-option.ts';
