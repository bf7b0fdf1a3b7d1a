/** CREATE and DROP INDEX. */

import type { CreateIndex, DropIndex, IndexTarget } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseCommaList, parseIfExists, parseIfNotExists } from './list-parser.ts';
import { parseColumnName, parseIndexName, parseSimpleIndexName, parseTableName } from './name-parser.ts';
import { parseProperties } from './property-parser.ts';
import { COLUMN_IDENTIFIERS, QUALIFIED_IDENTIFIERS } from './token-set.ts';

const TARGETS = new Map<number, IndexTarget['target']>([
  [Token.K_VALUES, 'values'],
  [Token.K_KEYS, 'keys'],
  [Token.K_ENTRIES, 'entries'],
  [Token.K_FULL, 'full'],
]);

/** After CREATE INDEX or CREATE CUSTOM INDEX. */
export function parseCreateIndex(cursor: Cursor, custom: boolean): CreateIndex {
  const ifNotExists = parseIfNotExists(cursor);
  const name = QUALIFIED_IDENTIFIERS[cursor.kind] === 1 ? parseSimpleIndexName(cursor) : null;
  cursor.expect(Token.K_ON);
  const table = parseTableName(cursor);
  cursor.expect(Token.LEFT_PAREN);
  const targets = startsTarget(cursor.kind) ? parseCommaList(cursor, parseTarget) : [];
  cursor.expect(Token.RIGHT_PAREN);
  const className = cursor.accept(Token.K_USING) ? cursor.expectText(Token.STRING_LITERAL) : null;
  const properties = cursor.accept(Token.K_WITH) ? parseProperties(cursor) : new Map();
  return { kind: 'CreateIndex', custom, ifNotExists, name, table, targets, className, properties };
}

function startsTarget(kind: number): boolean {
  return COLUMN_IDENTIFIERS[kind] === 1 || TARGETS.has(kind);
}

/** Rule `indexIdent`: KEYS and VALUES can also be columns. */
function parseTarget(cursor: Cursor): IndexTarget {
  const { kind } = cursor;
  const target = TARGETS.get(kind);
  if (target === undefined) return { column: parseColumnName(cursor), target: 'simple' };
  if (COLUMN_IDENTIFIERS[kind] === 1) {
    const next = cursor.peek(1);
    if (next === Token.COMMA || next === Token.RIGHT_PAREN) {
      return { column: parseColumnName(cursor), target: 'simple' };
    }
    if (next !== Token.LEFT_PAREN) cursor.noViable(1);
  }
  cursor.advance();
  cursor.expect(Token.LEFT_PAREN);
  const column = parseColumnName(cursor);
  cursor.expect(Token.RIGHT_PAREN);
  return { column, target };
}

/** After DROP INDEX. */
export function parseDropIndex(cursor: Cursor): DropIndex {
  const ifExists = parseIfExists(cursor);
  return { kind: 'DropIndex', index: parseIndexName(cursor), ifExists };
}
