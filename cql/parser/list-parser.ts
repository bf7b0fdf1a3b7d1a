import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';

/** `item (',' item)*`. */
export function parseCommaList<T>(cursor: Cursor, parseItem: (cursor: Cursor) => T): T[] {
  const items = [parseItem(cursor)];
  while (cursor.accept(Token.COMMA)) items.push(parseItem(cursor));
  return items;
}

/** `IF NOT EXISTS`, if it is there. */
export function parseIfNotExists(cursor: Cursor): boolean {
  if (!cursor.accept(Token.K_IF)) return false;
  cursor.expect(Token.K_NOT);
  cursor.expect(Token.K_EXISTS);
  return true;
}

/** `IF EXISTS`, if it is there. */
export function parseIfExists(cursor: Cursor): boolean {
  if (!cursor.accept(Token.K_IF)) return false;
  cursor.expect(Token.K_EXISTS);
  return true;
}
