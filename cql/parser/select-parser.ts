/** SELECT (grammar rule `selectStatement`). */

import type { Ordering, Select, Selector } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseCommaList } from './list-parser.ts';
import { parseColumnName, parseTableName } from './name-parser.ts';
import { parseOptionalWhere } from './relation-parser.ts';
import { parseSelectable, parseSelectors } from './selectable-parser.ts';
import { parseIntValue, parseTerm } from './term-parser.ts';
import { skipUsingTimeout } from './using-timeout.ts';

interface SelectClause {
  readonly distinct: boolean;
  readonly selectors: readonly Selector[];
}

/** After SELECT. */
export function parseSelect(cursor: Cursor): Select {
  const asJson = cursor.kind === Token.K_JSON ? cursor.attempt(parseJsonSelectClause) : null;
  const { distinct, selectors } = asJson ?? parseSelectClause(cursor);
  cursor.expect(Token.K_FROM);
  const table = parseTableName(cursor);
  const where = parseOptionalWhere(cursor);
  const groupBy = acceptBy(cursor, Token.K_GROUP) ? parseCommaList(cursor, parseSelectable) : [];
  const orderBy = acceptBy(cursor, Token.K_ORDER) ? parseCommaList(cursor, parseOrdering) : [];
  const perPartitionLimit = acceptPerPartitionLimit(cursor) ? parseIntValue(cursor) : null;
  const limit = cursor.accept(Token.K_LIMIT) ? parseIntValue(cursor) : null;
  const allowFiltering = cursor.accept(Token.K_ALLOW);
  if (allowFiltering) cursor.expect(Token.K_FILTERING);
  skipUsingTimeout(cursor);
  return {
    kind: 'Select',
    table,
    json: asJson !== null,
    distinct,
    selectors,
    where,
    groupBy,
    orderBy,
    perPartitionLimit,
    limit,
    allowFiltering,
  };
}

/** JSON as a keyword; where the rest does not read as selectors, as in `SELECT json FROM t`, it is a column. */
function parseJsonSelectClause(cursor: Cursor): SelectClause {
  cursor.advance();
  return parseSelectClause(cursor);
}

/** Rule `selectClause`; DISTINCT can be a column as JSON can. */
function parseSelectClause(cursor: Cursor): SelectClause {
  const selectors = cursor.kind === Token.K_DISTINCT ? cursor.attempt(parseDistinctSelectors) : null;
  if (selectors !== null) return { distinct: true, selectors };
  return { distinct: false, selectors: parseSelectors(cursor) };
}

function parseDistinctSelectors(cursor: Cursor): Selector[] {
  cursor.advance();
  return parseSelectors(cursor);
}

function acceptBy(cursor: Cursor, keyword: number): boolean {
  if (!cursor.accept(keyword)) return false;
  cursor.expect(Token.K_BY);
  return true;
}

function acceptPerPartitionLimit(cursor: Cursor): boolean {
  if (!cursor.accept(Token.K_PER)) return false;
  cursor.expect(Token.K_PARTITION);
  cursor.expect(Token.K_LIMIT);
  return true;
}

/** Rule `orderByClause`. */
function parseOrdering(cursor: Cursor): Ordering {
  const column = parseColumnName(cursor);
  const isAnn = cursor.accept(Token.K_ANN);
  if (isAnn) cursor.expect(Token.K_OF);
  const ann = isAnn ? parseTerm(cursor) : null;
  return { column, ann, direction: parseDirection(cursor) };
}

function parseDirection(cursor: Cursor): 'ASC' | 'DESC' {
  if (cursor.accept(Token.K_DESC)) return 'DESC';
  cursor.accept(Token.K_ASC);
  return 'ASC';
}
