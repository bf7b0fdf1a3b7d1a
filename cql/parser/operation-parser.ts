/** What UPDATE sets (grammar rule `columnOperation`). */

import type { Operation } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseColumnName, parseIdentifier } from './name-parser.ts';
import { parseConstant, parseTerm } from './term-parser.ts';
import { COLUMN_IDENTIFIERS, FUNCTION_STARTS, TERM_STARTS } from './token-set.ts';

/** `operation (',' operation)*`, after SET. */
export function parseOperations(cursor: Cursor): Operation[] {
  const operations: Operation[] = [];
  do {
    const operation = parseOperation(cursor);
    for (const earlier of operations) {
      if (earlier.column === operation.column && !areCompatible(earlier, operation)) {
        cursor.fail(`Multiple incompatible setting of column ${operation.column}`);
      }
    }
    operations.push(operation);
  } while (cursor.accept(Token.COMMA));
  return operations;
}

/** A column can be changed in several ways at once, but not set as a whole as well, nor one field twice. */
function areCompatible(earlier: Operation, later: Operation): boolean {
  if (earlier.kind === 'SetValue' || later.kind === 'SetValue') return false;
  return !(earlier.kind === 'SetField' && later.kind === 'SetField' && earlier.field === later.field);
}

function parseOperation(cursor: Cursor): Operation {
  const column = parseColumnName(cursor);
  switch (cursor.kind) {
    case Token.EQUAL:
      cursor.advance();
      return parseAssignment(cursor, column);
    case Token.PLUS_EQUAL:
      cursor.advance();
      return { kind: 'Addition', column, value: parseTerm(cursor) };
    case Token.MINUS_EQUAL:
      cursor.advance();
      return { kind: 'Subtraction', column, value: parseTerm(cursor) };
    case Token.LEFT_BRACKET: {
      cursor.advance();
      const key = parseTerm(cursor);
      cursor.expect(Token.RIGHT_BRACKET);
      cursor.expect(Token.EQUAL);
      return { kind: 'SetElement', column, key, value: parseTerm(cursor) };
    }
    case Token.DOT: {
      cursor.advance();
      const field = parseIdentifier(cursor);
      cursor.expect(Token.EQUAL);
      return { kind: 'SetField', column, field, value: parseTerm(cursor) };
    }
    default:
      return cursor.noViable();
  }
}

/** Rule `normalColumnOperation`: a term, a term before the column, or the column before a term. */
function parseAssignment(cursor: Cursor, column: string): Operation {
  if (startsWithColumn(cursor)) return parseChange(cursor, column);
  const value = parseTerm(cursor);
  if (!cursor.accept(Token.PLUS)) return { kind: 'SetValue', column, value };
  if (parseColumnName(cursor) !== column) {
    cursor.fail('Only expressions of the form X = <value> + X are supported.');
  }
  return { kind: 'Prepend', column, value };
}

function startsWithColumn(cursor: Cursor): boolean {
  const { kind } = cursor;
  if (COLUMN_IDENTIFIERS[kind] !== 1) {
    if (TERM_STARTS[kind] !== 1) cursor.noViable();
    return false;
  }
  const next = cursor.peek(1);
  if (next === Token.PLUS || next === Token.MINUS || next === Token.INTEGER) {
    cursor.peek(2);
    return true;
  }
  const isFunction = FUNCTION_STARTS[kind] === 1 && (next === Token.LEFT_PAREN || next === Token.DOT);
  return isFunction ? false : cursor.noViable(1);
}

/** `column + term`, `column - term` or `column -3`, in which the lexer sees a column and a negative integer. */
function parseChange(cursor: Cursor, column: string): Operation {
  const same = parseColumnName(cursor) === column;
  if (cursor.kind === Token.INTEGER) {
    const value = parseConstant(cursor);
    if (!same) {
      const sign = value.text.startsWith('-') ? '-' : '+';
      cursor.fail(`Only expressions of the form X = X ${sign} <value> are supported.`);
    }
    return { kind: 'Addition', column, value };
  }
  const isAddition = cursor.accept(Token.PLUS);
  if (!isAddition) cursor.expect(Token.MINUS);
  const value = parseTerm(cursor);
  if (!same) cursor.fail(`Only expressions of the form X = X ${isAddition ? '+' : '-'}<value> are supported.`);
  return { kind: isAddition ? 'Addition' : 'Subtraction', column, value };
}
