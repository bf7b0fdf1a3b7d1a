/** Types (grammar rule `comparatorType`). */

import type { CqlType, NativeType, NativeTypeName } from '../ast/index.ts';
import { typeText } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { customTypeError } from './custom-type.ts';
import { parseCommaList } from './list-parser.ts';
import { parseUserTypeName } from './name-parser.ts';
import { AFTER_TYPE, IDENTIFIERS, NATIVE_TYPES } from './token-set.ts';

/** Rule `native_type`. */
export function parseNativeType(cursor: Cursor): NativeType {
  return { kind: 'NativeType', name: cursor.name(NATIVE_TYPES) as NativeTypeName };
}

type ParametrisedParser = (cursor: Cursor) => CqlType;

/** Types whose name takes parameters; `map` and the others without `<` are names of user types. */
const PARAMETRISED: ReadonlyMap<number, ParametrisedParser> = new Map([
  [Token.K_MAP, parseMap],
  [Token.K_LIST, (cursor) => parseElementType(cursor, 'ListType')],
  [Token.K_SET, (cursor) => parseElementType(cursor, 'SetType')],
  [Token.K_TUPLE, parseTuple],
  [Token.K_VECTOR, parseVector],
  [Token.K_FROZEN, parseFrozen],
]);

export function isParametrisedType(kind: number): boolean {
  return PARAMETRISED.has(kind);
}

export function parseCqlType(cursor: Cursor): CqlType {
  return cursor.nested(parseTypeOnce);
}

function parseTypeOnce(cursor: Cursor): CqlType {
  const { kind } = cursor;
  if (NATIVE_TYPES[kind] === 1) {
    const next = cursor.peek(1);
    if (next !== Token.DOT) {
      if (AFTER_TYPE[next] !== 1) cursor.noViable(1);
      cursor.peek(2);
      return parseNativeType(cursor);
    }
  } else if (kind === Token.STRING_LITERAL) {
    return parseCustomType(cursor);
  } else {
    const parse = PARAMETRISED.get(kind);
    if (parse !== undefined && parametersFollow(cursor)) return parse(cursor);
  }
  if (IDENTIFIERS[cursor.kind] !== 1) cursor.noViable();
  return { kind: 'UserType', name: parseUserTypeName(cursor), frozen: false };
}

function parseCustomType(cursor: Cursor): CqlType {
  const className = cursor.expectText(Token.STRING_LITERAL);
  const error = customTypeError(className);
  if (error !== null) cursor.fail(error);
  return { kind: 'CustomType', className };
}

/** Whether `<` follows `map`, `list` …, rather than what makes the word a user type or its keyspace. */
function parametersFollow(cursor: Cursor): boolean {
  if (cursor.kind === Token.K_SET) return true;
  const next = cursor.peek(1);
  if (next === Token.LESS) return true;
  if (next !== Token.DOT && AFTER_TYPE[next] !== 1) cursor.noViable(1);
  cursor.peek(2);
  return false;
}

function openParameters(cursor: Cursor): void {
  cursor.advance();
  cursor.expect(Token.LESS);
}

function parseElementType(cursor: Cursor, kind: 'ListType' | 'SetType'): CqlType {
  openParameters(cursor);
  const element = parseCqlType(cursor);
  cursor.expect(Token.GREATER);
  return { kind, element, frozen: false };
}

function parseMap(cursor: Cursor): CqlType {
  openParameters(cursor);
  const key = parseCqlType(cursor);
  cursor.expect(Token.COMMA);
  const value = parseCqlType(cursor);
  cursor.expect(Token.GREATER);
  return { kind: 'MapType', key, value, frozen: false };
}

function parseTuple(cursor: Cursor): CqlType {
  openParameters(cursor);
  const elements = parseCommaList(cursor, parseCqlType);
  cursor.expect(Token.GREATER);
  return { kind: 'TupleType', elements, frozen: false };
}

/** Java's largest `int`, which a vector's dimension must not exceed. */
const MAX_INT = 2 ** 31 - 1;

function parseVector(cursor: Cursor): CqlType {
  openParameters(cursor);
  const element = parseCqlType(cursor);
  cursor.expect(Token.COMMA);
  const text = cursor.expectText(Token.INTEGER);
  cursor.expect(Token.GREATER);
  const dimension = Number(text);
  if (dimension > MAX_INT || dimension < -MAX_INT - 1) {
    cursor.fail(
      `Failed parsing statement: [${cursor.tokens.text}] reason: NumberFormatException For input string: "${text}"`,
    );
  }
  return { kind: 'VectorType', element, dimension, frozen: false };
}

function parseFrozen(cursor: Cursor): CqlType {
  openParameters(cursor);
  const type = parseCqlType(cursor);
  cursor.expect(Token.GREATER);
  switch (type.kind) {
    case 'NativeType':
    case 'CustomType':
      return cursor.fail(
        `frozen<> is only allowed on collections, tuples, and user-defined types (got ${typeText(type)})`,
      );
    default:
      return { ...type, frozen: true };
  }
}
