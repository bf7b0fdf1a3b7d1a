/** Terms (grammar rule `term`): the values of WHERE, SET, VALUES and IF. */

import type {
  ArithmeticOperator,
  BindMarker,
  Constant,
  ConstantType,
  FieldValue,
  MapEntry,
  NullLiteral,
  Term,
  TupleLiteral,
} from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import { multiplicative, parseProductOf } from './arithmetic.ts';
import type { Cursor } from './cursor.ts';
import { parseCommaList } from './list-parser.ts';
import { parseFunctionName, parseIdentifier } from './name-parser.ts';
import {
  AFTER_SIMPLE_TERM,
  AFTER_TERM,
  CONSTANTS,
  FUNCTION_IDENTIFIERS,
  FUNCTION_STARTS,
  IDENTIFIERS,
  NATIVE_TYPES,
  SIMPLE_TERM_STARTS,
  TERM_STARTS,
  TYPE_IDENTIFIERS,
} from './token-set.ts';
import { isParametrisedType, parseCqlType, parseNativeType } from './type-parser.ts';
import { startsUsingTimeout } from './using-timeout.ts';

const NULL: NullLiteral = { kind: 'Null' };

const CONSTANT_TYPES = new Map<number, ConstantType>([
  [Token.STRING_LITERAL, 'STRING'],
  [Token.INTEGER, 'INTEGER'],
  [Token.FLOAT, 'FLOAT'],
  [Token.BOOLEAN, 'BOOLEAN'],
  [Token.DURATION, 'DURATION'],
  [Token.UUID, 'UUID'],
  [Token.HEXNUMBER, 'HEX'],
]);

/** Rule `constant`; the next token must be one. */
export function parseConstant(cursor: Cursor): Constant {
  const { kind } = cursor;
  const type = CONSTANT_TYPES.get(kind);
  cursor.advance();
  if (type !== undefined) return { kind: 'Constant', type, text: cursor.textAt(cursor.position - 1) };
  return { kind: 'Constant', type: 'FLOAT', text: specialFloat(kind) };
}

function specialFloat(kind: number): string {
  if (kind === Token.K_POSITIVE_INFINITY) return 'Infinity';
  return kind === Token.K_NEGATIVE_INFINITY ? '-Infinity' : 'NaN';
}

/** Rule `marker`, or null when the next token begins none. */
export function parseMarker(cursor: Cursor): BindMarker | null {
  if (cursor.accept(Token.QMARK)) return cursor.addBindMarker(null);
  if (cursor.accept(Token.COLON)) return cursor.addBindMarker(parseIdentifier(cursor));
  return null;
}

/** Rule `intValue`. */
export function parseIntValue(cursor: Cursor): Constant | BindMarker {
  if (cursor.kind === Token.INTEGER) return parseConstant(cursor);
  return parseMarker(cursor) ?? cursor.noViable();
}

export function parseTerm(cursor: Cursor): Term {
  let left = parseProduct(cursor);
  for (;;) {
    const { kind } = cursor;
    if (kind !== Token.PLUS && kind !== Token.MINUS) {
      if (AFTER_TERM[kind] !== 1 && !startsUsingTimeout(cursor)) cursor.noViable();
      cursor.peek(1);
      return left;
    }
    if (kind === Token.PLUS && prependsToColumn(cursor)) return left;
    cursor.advance();
    const operator: ArithmeticOperator = kind === Token.PLUS ? '+' : '-';
    left = operation(operator, left, parseProduct(cursor));
  }
}

/** Of a plus: whether a column follows, to which the term is prepended (`v = [1] + v`), rather than an operand. */
function prependsToColumn(cursor: Cursor): boolean {
  const next = cursor.peek(1);
  if (next === Token.EMPTY_QUOTED_NAME) return true;
  if (IDENTIFIERS[next] !== 1) {
    if (TERM_STARTS[next] !== 1) cursor.noViable(1);
    return false;
  }
  const afterNext = cursor.peek(2);
  if (opensCall(afterNext)) return false;
  if (afterNext !== Token.COMMA && afterNext !== Token.K_WHERE) cursor.noViable(2);
  cursor.peek(3);
  return true;
}

const operation = (operator: ArithmeticOperator, left: Term, right: Term): Term => ({
  kind: 'BinaryOperation',
  operator,
  left,
  right,
});

const parseProduct = (cursor: Cursor): Term => parseProductOf(cursor, parseFactor, operation);

function parseFactor(cursor: Cursor): Term {
  if (TERM_STARTS[cursor.kind] !== 1) cursor.noViable();
  if (cursor.accept(Token.MINUS)) return { kind: 'Negation', operand: parseSimpleTerm(cursor) };
  return parseSimpleTerm(cursor);
}

/** Rule `simpleTerm`. */
function parseSimpleTerm(cursor: Cursor): Term {
  const { kind } = cursor;
  if (CONSTANTS[kind] === 1) return parseConstant(cursor);
  switch (kind) {
    case Token.QMARK:
      return parseQuestionMark(cursor);
    case Token.COLON:
      return parseMarker(cursor)!;
    case Token.K_NULL:
      cursor.advance();
      return NULL;
    case Token.LEFT_PAREN:
      return cursor.nested(startsTypeHint(cursor) ? parseTypeHint : parseTupleLiteral);
    case Token.LEFT_BRACKET:
      return cursor.nested(parseListLiteral);
    case Token.LEFT_BRACE:
      return cursor.nested(parseBraces);
    case Token.K_CAST:
      if (cursor.peek(1) === Token.LEFT_PAREN) return cursor.nested(parseCast);
      break;
  }
  if (FUNCTION_STARTS[kind] !== 1) cursor.noViable();
  return cursor.nested(parseFunctionCall);
}

/** A marker, unless a period makes it the keyspace of a function, which it may not be. */
function parseQuestionMark(cursor: Cursor): Term {
  const next = cursor.peek(1);
  if (next === Token.DOT) return parseFunctionCall(cursor);
  if (AFTER_SIMPLE_TERM[next] !== 1) cursor.noViable(1);
  return parseMarker(cursor)!;
}

/**
 * Whether the parenthesis opens a type rather than a tuple: `(int) …`, `(list<int>) …`, `(ks.udt) …`, `('class') …`.
 * What is neither is found here, at the parenthesis.
 */
function startsTypeHint(cursor: Cursor): boolean {
  const first = cursor.peek(1);
  if (first === Token.K_SET) return true;
  if (first === Token.STRING_LITERAL) return isCustomType(cursor);
  if (IDENTIFIERS[first] !== 1) {
    if (TERM_STARTS[first] !== 1) cursor.noViable(1);
    return false;
  }
  const second = cursor.peek(2);
  switch (second) {
    case Token.LEFT_PAREN:
      if (FUNCTION_STARTS[first] !== 1) cursor.noViable(2);
      return false;
    case Token.DOT:
      return isQualifiedType(cursor);
    case Token.RIGHT_PAREN:
      if (NATIVE_TYPES[first] !== 1 && TYPE_IDENTIFIERS[first] !== 1) cursor.noViable(2);
      return true;
    case Token.LESS:
      if (!isParametrisedType(first)) cursor.noViable(2);
      return true;
    default:
      return cursor.noViable(2);
  }
}

/** `(ks.name)` is a type, `(ks.name(` a call. */
function isQualifiedType(cursor: Cursor): boolean {
  const name = cursor.peek(3);
  if (FUNCTION_STARTS[name] !== 1) cursor.noViable(3);
  const after = cursor.peek(4);
  if (after !== Token.LEFT_PAREN && after !== Token.RIGHT_PAREN) cursor.noViable(4);
  return after === Token.RIGHT_PAREN;
}

/** `('…')` is a type if an operand follows. */
function isCustomType(cursor: Cursor): boolean {
  const second = cursor.peek(2);
  if (second !== Token.RIGHT_PAREN) {
    if (second !== Token.COMMA && !isOperator(second)) cursor.noViable(2);
    return false;
  }
  const after = cursor.peek(3);
  if (after === Token.COLON) return isNamedMarker(cursor);
  if (AFTER_SIMPLE_TERM[after] !== 1) return SIMPLE_TERM_STARTS[after] === 1 || cursor.noViable(3);
  // AS, GROUP and PER can follow a term, and can be functions.
  if (SIMPLE_TERM_STARTS[after] !== 1) return false;
  return opensCall(cursor.peek(4));
}

/** Of the colon in `('…') :x`: whether it begins a marker, rather than the value of a map's entry. */
function isNamedMarker(cursor: Cursor): boolean {
  if (IDENTIFIERS[cursor.peek(4)] !== 1) return false;
  const after = cursor.peek(5);
  if (opensCall(after)) return false;
  return AFTER_SIMPLE_TERM[after] === 1 || cursor.noViable(5);
}

/** Whether a name before the token is a function, or the keyspace of one. */
function opensCall(kind: number): boolean {
  return kind === Token.LEFT_PAREN || kind === Token.DOT;
}

function isOperator(kind: number): boolean {
  return kind === Token.PLUS || kind === Token.MINUS || multiplicative(kind) !== null;
}

function parseTypeHint(cursor: Cursor): Term {
  cursor.advance();
  const type = parseCqlType(cursor);
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'TypeHint', type, term: parseSimpleTerm(cursor) };
}

/** Rule `tupleLiteral`. */
export function parseTupleLiteral(cursor: Cursor): TupleLiteral {
  cursor.expect(Token.LEFT_PAREN);
  const elements = parseCommaList(cursor, parseTerm);
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'TupleLiteral', elements };
}

function parseListLiteral(cursor: Cursor): Term {
  cursor.advance();
  const elements = TERM_STARTS[cursor.kind] === 1 ? parseCommaList(cursor, parseTerm) : [];
  cursor.expect(Token.RIGHT_BRACKET);
  return { kind: 'ListLiteral', elements };
}

/** A set, a map or a user type. */
function parseBraces(cursor: Cursor): Term {
  if (cursor.peek(1) === Token.RIGHT_BRACE) {
    cursor.advance();
    cursor.advance();
    return { kind: 'SetLiteral', elements: [] };
  }
  if (IDENTIFIERS[cursor.peek(1)] === 1 && startsFieldValue(cursor)) return parseUserTypeLiteral(cursor);
  if (TERM_STARTS[cursor.peek(1)] !== 1) cursor.noViable(1);
  cursor.advance();
  const first = parseTerm(cursor);
  let literal: Term;
  if (cursor.accept(Token.COLON)) {
    const entries: MapEntry[] = [{ key: first, value: parseTerm(cursor) }];
    while (cursor.accept(Token.COMMA)) entries.push(parseMapEntry(cursor));
    literal = { kind: 'MapLiteral', entries };
  } else {
    if (cursor.kind !== Token.COMMA && cursor.kind !== Token.RIGHT_BRACE) cursor.noViable();
    const elements = [first];
    while (cursor.accept(Token.COMMA)) elements.push(parseTerm(cursor));
    literal = { kind: 'SetLiteral', elements };
  }
  cursor.expect(Token.RIGHT_BRACE);
  return literal;
}

/** Of a brace and a name: whether the name is a field rather than a function. */
function startsFieldValue(cursor: Cursor): boolean {
  const second = cursor.peek(2);
  const isFunction = second === Token.DOT || (second === Token.LEFT_PAREN && FUNCTION_STARTS[cursor.peek(1)] === 1);
  if (second !== Token.COLON && !isFunction) cursor.noViable(2);
  return !isFunction;
}

function parseMapEntry(cursor: Cursor): MapEntry {
  const key = parseTerm(cursor);
  cursor.expect(Token.COLON);
  return { key, value: parseTerm(cursor) };
}

function parseUserTypeLiteral(cursor: Cursor): Term {
  cursor.advance();
  const fields = parseCommaList(cursor, parseFieldValue);
  cursor.expect(Token.RIGHT_BRACE);
  return { kind: 'UserTypeLiteral', fields };
}

function parseFieldValue(cursor: Cursor): FieldValue {
  const field = parseIdentifier(cursor);
  cursor.expect(Token.COLON);
  return { field, value: parseTerm(cursor) };
}

function parseCast(cursor: Cursor): Term {
  cursor.advance();
  cursor.advance();
  const term = parseSimpleTerm(cursor);
  cursor.expect(Token.K_AS);
  const type = parseNativeType(cursor);
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'Cast', term, type };
}

/** Rule `function`; it is one decision up to what follows the opening parenthesis. */
function parseFunctionCall(cursor: Cursor): Term {
  const open = cursor.kind !== Token.K_TOKEN && cursor.peek(1) === Token.DOT ? 3 : 1;
  if (open === 3 && FUNCTION_IDENTIFIERS[cursor.peek(2)] !== 1) cursor.noViable(2);
  if (cursor.peek(open) !== Token.LEFT_PAREN) cursor.noViable(open);
  if (open === 1 && FUNCTION_IDENTIFIERS[cursor.kind] !== 1) cursor.noViable(1);
  const first = cursor.peek(open + 1);
  if (first !== Token.RIGHT_PAREN && TERM_STARTS[first] !== 1) cursor.noViable(open + 1);
  cursor.peek(open + 2);
  const name = parseFunctionName(cursor);
  cursor.expect(Token.LEFT_PAREN);
  const args = first === Token.RIGHT_PAREN ? [] : parseCommaList(cursor, parseTerm);
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'FunctionCall', name, args };
}

/** Rule `fullMapLiteral`. */
export function parseMapLiteral(cursor: Cursor): MapEntry[] {
  cursor.expect(Token.LEFT_BRACE);
  const entries = TERM_STARTS[cursor.kind] === 1 ? parseCommaList(cursor, parseMapEntry) : [];
  cursor.expect(Token.RIGHT_BRACE);
  return entries;
}
