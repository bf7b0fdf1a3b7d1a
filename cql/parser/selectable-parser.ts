/** What can be selected (grammar rule `unaliasedSelector`), with its aliases. */

import type {
  ArithmeticOperator,
  Selectable,
  SelectedMapEntry,
  SelectedWritetimeOrTtl,
  Selector,
} from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import { parseProductOf } from './arithmetic.ts';
import type { Cursor } from './cursor.ts';
import { parseCommaList } from './list-parser.ts';
import { parseFunctionName, parseIdentifier } from './name-parser.ts';
import { parseConstant, parseMarker, parseTerm } from './term-parser.ts';
import {
  AFTER_SELECTABLE,
  AFTER_SELECTED_PART,
  CONSTANTS,
  FUNCTION_IDENTIFIERS,
  FUNCTION_STARTS,
  IDENTIFIERS,
  TERM_STARTS,
  tokenSet,
} from './token-set.ts';
import { isParametrisedType, parseCqlType, parseNativeType } from './type-parser.ts';

/** Whether a selectable can begin with the kind of token. */
export function startsSelectable(kind: number): boolean {
  return TERM_STARTS[kind] === 1;
}

/** Rule `selectors`; empty for `*`. */
export function parseSelectors(cursor: Cursor): Selector[] {
  if (cursor.accept(Token.STAR)) return [];
  if (!startsSelectable(cursor.kind)) cursor.noViable();
  return parseCommaList(cursor, parseSelector);
}

function parseSelector(cursor: Cursor): Selector {
  const selectable = parseSelectable(cursor);
  const alias = cursor.accept(Token.K_AS) ? parseIdentifier(cursor) : null;
  return { selectable, alias };
}

/** Rule `unaliasedSelector`. */
export function parseSelectable(cursor: Cursor): Selectable {
  let left = parseProduct(cursor);
  for (;;) {
    const { kind } = cursor;
    if (kind !== Token.PLUS && kind !== Token.MINUS) return left;
    cursor.advance();
    const operator: ArithmeticOperator = kind === Token.PLUS ? '+' : '-';
    left = operation(operator, left, parseProduct(cursor));
  }
}

const operation = (operator: ArithmeticOperator, left: Selectable, right: Selectable): Selectable => ({
  kind: 'SelectedOperation',
  operator,
  left,
  right,
});

const parseProduct = (cursor: Cursor): Selectable => parseProductOf(cursor, parseGroup, operation);

/** Rule `selectionGroup`. */
function parseGroup(cursor: Cursor): Selectable {
  if (!startsSelectable(cursor.kind)) cursor.noViable();
  if (cursor.accept(Token.MINUS)) return { kind: 'SelectedNegation', operand: cursor.nested(parseGroup) };
  cursor.peek(2);
  const receiver = cursor.nested(parsePrimary);
  if (cursor.kind !== Token.DOT && cursor.kind !== Token.LEFT_BRACKET) return receiver;
  // The grammar tries the modifiers with what follows them; if that does not fit, it goes on as if there were none.
  return cursor.attempt(() => parseModifiers(cursor, receiver)) ?? receiver;
}

/** Rule `selectorModifier`: fields, elements and slices of the receiver. */
function parseModifiers(cursor: Cursor, receiver: Selectable): Selectable {
  let selected = receiver;
  for (;;) {
    if (cursor.accept(Token.DOT)) {
      selected = { kind: 'SelectedField', receiver: selected, field: parseIdentifier(cursor) };
    } else if (cursor.accept(Token.LEFT_BRACKET)) {
      selected = parseSubSelection(cursor, selected);
      cursor.expect(Token.RIGHT_BRACKET);
    } else {
      if (AFTER_SELECTED_PART[cursor.kind] !== 1) cursor.noViable();
      return selected;
    }
  }
}

/** Rule `collectionSubSelection`. */
function parseSubSelection(cursor: Cursor, receiver: Selectable): Selectable {
  if (cursor.accept(Token.RANGE)) return { kind: 'SelectedSlice', receiver, from: null, to: parseTerm(cursor) };
  const from = parseTerm(cursor);
  if (!cursor.accept(Token.RANGE)) return { kind: 'SelectedElement', receiver, element: from };
  const to = TERM_STARTS[cursor.kind] === 1 ? parseTerm(cursor) : null;
  return { kind: 'SelectedSlice', receiver, from, to };
}

/** Rule `selectionGroupWithoutField`. */
function parsePrimary(cursor: Cursor): Selectable {
  switch (cursor.kind) {
    case Token.LEFT_PAREN:
      return attemptTypeHint(cursor) ?? parseParentheses(cursor);
    case Token.LEFT_BRACKET:
      return parseList(cursor);
    case Token.LEFT_BRACE:
      return parseBraces(cursor);
    default:
      return parseSimple(cursor);
  }
}

/** Rule `simpleUnaliasedSelector`. */
function parseSimple(cursor: Cursor): Selectable {
  const { kind } = cursor;
  if (CONSTANTS[kind] === 1) return { kind: 'SelectedTerm', term: parseConstant(cursor) };
  if (cursor.accept(Token.K_NULL)) return { kind: 'SelectedTerm', term: { kind: 'Null' } };
  if (kind === Token.COLON) return { kind: 'SelectedTerm', term: parseMarker(cursor)! };
  if (kind === Token.QMARK && !qualifiesFunction(cursor)) {
    return { kind: 'SelectedTerm', term: parseMarker(cursor)! };
  }
  if (IDENTIFIERS[kind] === 1 && !startsFunction(cursor)) {
    return { kind: 'SelectedColumn', name: parseIdentifier(cursor) };
  }
  if (FUNCTION_STARTS[kind] !== 1 && kind !== Token.QMARK) cursor.noViable();
  return parseFunction(cursor);
}

function qualifiesFunction(cursor: Cursor): boolean {
  const next = cursor.peek(1);
  if (next === Token.DOT) return true;
  if (AFTER_SELECTABLE[next] !== 1) cursor.noViable(1);
  return false;
}

/** What can stand before the parenthesis of a call. */
const CALLED = tokenSet(['K_CAST', 'K_TTL', 'K_WRITETIME', 'K_MAXWRITETIME'], FUNCTION_IDENTIFIERS);

/** Whether the name is a function's, `f(` or `ks.f(`, rather than a column's. */
function startsFunction(cursor: Cursor): boolean {
  const next = cursor.peek(1);
  if (next === Token.LEFT_PAREN) return CALLED[cursor.kind] === 1 || cursor.noViable(1);
  if (next === Token.DOT) return qualifiesFunctionName(cursor);
  if (AFTER_SELECTABLE[next] !== 1) cursor.noViable(1);
  return false;
}

/** Of `a.b`: whether it is a function with its keyspace, rather than a field. */
function qualifiesFunctionName(cursor: Cursor): boolean {
  if (FUNCTION_STARTS[cursor.peek(2)] !== 1) cursor.noViable(2);
  const after = cursor.peek(3);
  if (after !== Token.LEFT_PAREN && AFTER_SELECTABLE[after] !== 1) cursor.noViable(3);
  cursor.peek(4);
  return after === Token.LEFT_PAREN;
}

/** Rule `selectionFunction`. */
function parseFunction(cursor: Cursor): Selectable {
  if (cursor.peek(1) === Token.LEFT_PAREN) {
    switch (cursor.kind) {
      case Token.K_COUNT:
        if (cursor.peek(2) === Token.STAR) return parseCountRows(cursor);
        if (!startsSelectable(cursor.peek(2)) && cursor.peek(2) !== Token.RIGHT_PAREN) cursor.noViable(2);
        break;
      case Token.K_MAXWRITETIME:
        return parseWritetimeOrTtl(cursor, 'maxwritetime');
      case Token.K_WRITETIME:
        return parseWritetimeOrTtl(cursor, 'writetime');
      case Token.K_TTL:
        return parseWritetimeOrTtl(cursor, 'ttl');
      case Token.K_CAST:
        return parseCast(cursor);
    }
  }
  const name = parseFunctionName(cursor);
  cursor.expect(Token.LEFT_PAREN);
  const args = startsSelectable(cursor.kind) ? parseCommaList(cursor, parseSelectable) : [];
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'SelectedFunctionCall', name, args };
}

function parseCountRows(cursor: Cursor): Selectable {
  cursor.advance();
  cursor.advance();
  cursor.advance();
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'SelectedCountRows' };
}

function parseWritetimeOrTtl(cursor: Cursor, name: SelectedWritetimeOrTtl['function']): Selectable {
  cursor.advance();
  cursor.advance();
  const column = parseIdentifier(cursor);
  const selected = parseModifiers(cursor, { kind: 'SelectedColumn', name: column });
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'SelectedWritetimeOrTtl', function: name, column, selected };
}

function parseCast(cursor: Cursor): Selectable {
  cursor.advance();
  cursor.advance();
  const selectable = parseSelectable(cursor);
  cursor.expect(Token.K_AS);
  const type = parseNativeType(cursor);
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'SelectedCast', selectable, type };
}

/**
 * A type hint if `(…)` reads as a type and what follows as a selectable, else null. A minus does not count, so `(a) - b`
 * is a difference; a bracket does, so `(a)[0]` is a list with a hint (rule `selectionTypeHint` and its predicate).
 */
function attemptTypeHint(cursor: Cursor): Selectable | null {
  const first = cursor.peek(1);
  const second = cursor.peek(2);
  const couldBeType =
    second === Token.LESS
      ? isParametrisedType(first)
      : (second === Token.RIGHT_PAREN || second === Token.DOT) &&
        (first === Token.STRING_LITERAL || IDENTIFIERS[first] === 1);
  return couldBeType ? cursor.attempt(parseTypeHint) : null;
}

function parseTypeHint(cursor: Cursor): Selectable {
  cursor.advance();
  const type = parseCqlType(cursor);
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'SelectedTypeHint', type, selectable: cursor.nested(parsePrimary) };
}

function parseParentheses(cursor: Cursor): Selectable {
  cursor.advance();
  const elements = parseCommaList(cursor, parseSelectable);
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'SelectedParenthesesOrTuple', elements };
}

function parseList(cursor: Cursor): Selectable {
  cursor.advance();
  const elements = startsSelectable(cursor.kind) ? parseCommaList(cursor, parseSelectable) : [];
  cursor.expect(Token.RIGHT_BRACKET);
  return { kind: 'SelectedList', elements };
}

function parseBraces(cursor: Cursor): Selectable {
  if (cursor.peek(1) === Token.RIGHT_BRACE) {
    cursor.advance();
    cursor.advance();
    return { kind: 'SelectedSet', elements: [] };
  }
  if (!startsSelectable(cursor.peek(1))) cursor.noViable(1);
  cursor.advance();
  const first = parseSelectable(cursor);
  let literal: Selectable;
  if (cursor.accept(Token.COLON)) {
    const entries: SelectedMapEntry[] = [{ key: first, value: parseSelectable(cursor) }];
    while (cursor.accept(Token.COMMA)) entries.push(parseMapEntry(cursor));
    literal = { kind: 'SelectedMapOrUserType', entries };
  } else {
    if (cursor.kind !== Token.COMMA && cursor.kind !== Token.RIGHT_BRACE) cursor.noViable();
    const elements = [first];
    while (cursor.accept(Token.COMMA)) elements.push(parseSelectable(cursor));
    literal = { kind: 'SelectedSet', elements };
  }
  cursor.expect(Token.RIGHT_BRACE);
  return literal;
}

function parseMapEntry(cursor: Cursor): SelectedMapEntry {
  const key = parseSelectable(cursor);
  cursor.expect(Token.COLON);
  return { key, value: parseSelectable(cursor) };
}
