import { invalidRequest } from '../../errors/index.ts';
import type { Assignability } from '../compatibility.ts';
import { cqlName } from '../cql-name.ts';
import type { NativeKind } from '../native-kinds.ts';
import { type CqlType, isNative, type NativeType, native, unwrapReversed } from '../type.ts';
import { fromHex } from './bytes.ts';
import { marshalError, type NowMillis } from './codec.ts';
import { compareDecimals, parseDecimal } from './decimal.ts';
import { valueFromText } from './value.ts';

/** How a constant was written (Cassandra's `Constants.Type`). */
export type ConstantType = 'STRING' | 'INTEGER' | 'UUID' | 'FLOAT' | 'BOOLEAN' | 'HEX' | 'DURATION';

const kinds = (names: string): ReadonlySet<NativeKind> => new Set(names.split(' ') as NativeKind[]);

/** The native types that a constant may be given to (`Constants.Literal.testAssignment`). */
const RECEIVERS: Readonly<Record<ConstantType, ReadonlySet<NativeKind>>> = {
  STRING: kinds('ascii text inet date time timestamp'),
  INTEGER: kinds('bigint counter date decimal double duration float int smallint time timestamp tinyint varint'),
  UUID: kinds('uuid timeuuid'),
  FLOAT: kinds('decimal double float'),
  BOOLEAN: kinds('boolean'),
  HEX: kinds('blob'),
  DURATION: kinds('duration'),
};

/** The type that a constant has by itself, which decides between overloads. */
export function preferredType(constant: ConstantType, text: string): NativeType {
  switch (constant) {
    case 'STRING':
      return native(isAscii(text) ? 'ascii' : 'text');
    case 'INTEGER': {
      const value = BigInt(text);
      if (BigInt.asIntN(32, value) === value) return native('int');
      return native(BigInt.asIntN(64, value) === value ? 'bigint' : 'varint');
    }
    case 'UUID':
      return native(text[14] === '1' ? 'timeuuid' : 'uuid');
    case 'FLOAT':
      return native(fitsDouble(text) ? 'double' : 'decimal');
    case 'BOOLEAN':
      return native('boolean');
    case 'HEX':
      return native('tinyint');
    case 'DURATION':
      return native('duration');
  }
}

function isAscii(text: string): boolean {
  return [...text].every((char) => (char.codePointAt(0) as number) < 0x80);
}

function fitsDouble(text: string): boolean {
  const exact = parseDecimal(text);
  if (exact === null) return true;
  const nearest = parseDecimal(String(Number(text)));
  return nearest !== null && compareDecimals(exact, nearest) === 0;
}

export function testConstant(constant: ConstantType, text: string, receiver: CqlType): Assignability {
  const type = unwrapReversed(receiver);
  if (type.kind === 'tuple' || type.kind === 'custom') return 'weak';
  if (!isNative(type)) return 'none';
  if (type === preferredType(constant, text)) return 'exact';
  return RECEIVERS[constant].has(type.kind) ? 'weak' : 'none';
}

/** Bytes of a constant for a receiver, or Cassandra's error; `name` is the receiver's in that error. */
export function constantBytes(
  constant: ConstantType,
  text: string,
  receiver: CqlType,
  name: string,
  now: NowMillis = Date.now,
): Uint8Array {
  if (testConstant(constant, text, receiver) === 'none') {
    throw invalidRequest(`Invalid ${constant} constant (${text}) for "${name}" of type ${cqlName(receiver)}`);
  }
  if (constant === 'HEX') {
    const digits = text.slice(2);
    const bytes = fromHex(digits);
    if (bytes === null) throw marshalError(`cannot parse '${digits}' as hex bytes`);
    return bytes;
  }
  return valueFromText(unwrapReversed(receiver), text, now);
}
