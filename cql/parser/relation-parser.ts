/** WHERE clauses (grammar rule `whereClause`). */

import type {
  BindMarker,
  ComparisonOperator,
  CustomIndexExpression,
  InList,
  InValues,
  Relation,
  Term,
  TupleLiteral,
  WhereClause,
} from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseCommaList } from './list-parser.ts';
import { parseColumnName, parseSimpleIndexName } from './name-parser.ts';
import { parseMarker, parseTerm, parseTupleLiteral } from './term-parser.ts';
import { COLUMN_IDENTIFIERS, COMPARISONS, TERM_STARTS } from './token-set.ts';

export const NO_WHERE: WhereClause = { relations: [], expressions: [] };

/** Rule `whereClause`, after WHERE. */
export function parseWhereClause(cursor: Cursor): WhereClause {
  const relations: Relation[] = [];
  const expressions: CustomIndexExpression[] = [];
  do {
    if (cursor.kind === Token.EXPR) expressions.push(parseCustomIndexExpression(cursor));
    else relations.push(parseRelation(cursor));
  } while (cursor.accept(Token.K_AND));
  return { relations, expressions };
}

/** `WHERE …`, if it is there. */
export function parseOptionalWhere(cursor: Cursor): WhereClause {
  return cursor.accept(Token.K_WHERE) ? parseWhereClause(cursor) : NO_WHERE;
}

function parseCustomIndexExpression(cursor: Cursor): CustomIndexExpression {
  cursor.advance();
  const name = parseSimpleIndexName(cursor);
  cursor.expect(Token.COMMA);
  const value = parseTerm(cursor);
  cursor.expect(Token.RIGHT_PAREN);
  return { index: { keyspace: null, name }, value };
}

/** Rule `relationType`; the next token must be one. */
export function parseComparison(cursor: Cursor): ComparisonOperator {
  if (COMPARISONS[cursor.kind] !== 1) cursor.noViable();
  cursor.advance();
  return cursor.textAt(cursor.position - 1) as ComparisonOperator;
}

function parseRelation(cursor: Cursor): Relation {
  if (COLUMN_IDENTIFIERS[cursor.kind] === 1) return parseColumnRelation(cursor);
  if (cursor.kind === Token.K_TOKEN) return parseTokenRelation(cursor);
  if (cursor.kind !== Token.LEFT_PAREN) cursor.noViable();
  return cursor.nested(opensTuple(cursor) ? parseMultiColumnRelation : parseParentheses);
}

/** Of what begins with a column. Cassandra decides by the token after it. */
function parseColumnRelation(cursor: Cursor): Relation {
  const next = cursor.peek(1);
  if (COMPARISONS[next] === 1) {
    cursor.peek(2);
    const column = parseColumnName(cursor);
    const operator = parseComparison(cursor);
    return { kind: 'ColumnRelation', column, operator, value: parseTerm(cursor) };
  }
  switch (next) {
    case Token.K_IN:
      return parseColumnIn(cursor);
    case Token.K_CONTAINS:
      return parseContains(cursor);
    case Token.K_LIKE: {
      const column = parseColumnName(cursor);
      cursor.advance();
      return { kind: 'ColumnRelation', column, operator: 'LIKE', value: parseTerm(cursor) };
    }
    case Token.K_IS: {
      const column = parseColumnName(cursor);
      cursor.advance();
      cursor.expect(Token.K_NOT);
      cursor.expect(Token.K_NULL);
      return { kind: 'IsNotNullRelation', column };
    }
    case Token.LEFT_BRACKET: {
      const column = parseColumnName(cursor);
      cursor.advance();
      const key = parseTerm(cursor);
      cursor.expect(Token.RIGHT_BRACKET);
      const operator = parseComparison(cursor);
      return { kind: 'MapElementRelation', column, key, operator, value: parseTerm(cursor) };
    }
    default:
      return cursor.noViable(1);
  }
}

function parseColumnIn(cursor: Cursor): Relation {
  const third = cursor.peek(2);
  if (third !== Token.LEFT_PAREN && third !== Token.QMARK && third !== Token.COLON) cursor.noViable(2);
  cursor.peek(3);
  const column = parseColumnName(cursor);
  cursor.advance();
  return { kind: 'ColumnInRelation', column, values: parseInValues(cursor) };
}

function parseContains(cursor: Cursor): Relation {
  const column = parseColumnName(cursor);
  cursor.advance();
  const operator = acceptContainsKey(cursor) ? 'CONTAINS KEY' : 'CONTAINS';
  return { kind: 'ColumnRelation', column, operator, value: parseTerm(cursor) };
}

/** KEY after CONTAINS; with no term after it it is the keyspace of a function. */
export function acceptContainsKey(cursor: Cursor): boolean {
  return cursor.kind === Token.K_KEY && TERM_STARTS[cursor.peek(1)] === 1 && cursor.accept(Token.K_KEY);
}

/** Rule `singleColumnInValues`, or the marker for all values; the next token must begin one. */
export function parseInValues(cursor: Cursor): InValues {
  const marker = parseMarker(cursor);
  if (marker !== null) return marker;
  cursor.expect(Token.LEFT_PAREN);
  const terms = TERM_STARTS[cursor.kind] === 1 ? parseCommaList(cursor, parseTerm) : [];
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'InList', terms };
}

/** Rule `tupleOfIdentifiers`. */
function parseColumnTuple(cursor: Cursor): string[] {
  cursor.expect(Token.LEFT_PAREN);
  const columns = parseCommaList(cursor, parseColumnName);
  cursor.expect(Token.RIGHT_PAREN);
  return columns;
}

function parseTokenRelation(cursor: Cursor): Relation {
  cursor.advance();
  const columns = parseColumnTuple(cursor);
  const operator = parseComparison(cursor);
  return { kind: 'TokenRelation', columns, operator, value: parseTerm(cursor) };
}

/** Whether the parenthesis opens a tuple of columns rather than a relation. */
function opensTuple(cursor: Cursor): boolean {
  if (COLUMN_IDENTIFIERS[cursor.peek(1)] !== 1) return false;
  const second = cursor.peek(2);
  return second === Token.COMMA || second === Token.RIGHT_PAREN;
}

function parseParentheses(cursor: Cursor): Relation {
  const inner = cursor.peek(1);
  if (COLUMN_IDENTIFIERS[inner] === 1) {
    if (!continuesColumnRelation(cursor.peek(2))) cursor.noViable(2);
  } else if (inner !== Token.K_TOKEN && inner !== Token.LEFT_PAREN) {
    cursor.noViable(1);
  }
  cursor.advance();
  const relation = parseRelation(cursor);
  cursor.expect(Token.RIGHT_PAREN);
  return relation;
}

function continuesColumnRelation(kind: number): boolean {
  return (
    COMPARISONS[kind] === 1 ||
    kind === Token.K_IN ||
    kind === Token.K_CONTAINS ||
    kind === Token.K_LIKE ||
    kind === Token.K_IS ||
    kind === Token.LEFT_BRACKET
  );
}

function parseMultiColumnRelation(cursor: Cursor): Relation {
  const columns = parseColumnTuple(cursor);
  if (cursor.accept(Token.K_IN)) {
    return { kind: 'MultiColumnInRelation', columns, values: parseTupleInValues(cursor) };
  }
  if (COMPARISONS[cursor.kind] !== 1) cursor.noViable();
  const next = cursor.peek(1);
  if (next !== Token.LEFT_PAREN && next !== Token.QMARK && next !== Token.COLON) cursor.noViable(1);
  cursor.peek(2);
  const operator = parseComparison(cursor);
  const value: TupleLiteral | BindMarker = parseMarker(cursor) ?? parseTupleLiteral(cursor);
  return { kind: 'MultiColumnRelation', columns, operator, value };
}

/** After `(a, b) IN`: a marker, no values, tuples or markers for tuples. */
function parseTupleInValues(cursor: Cursor): InValues {
  const marker = parseMarker(cursor);
  if (marker !== null) return marker;
  if (cursor.kind !== Token.LEFT_PAREN) cursor.noViable();
  const list = (terms: readonly Term[]): InList => ({ kind: 'InList', terms });
  const first = cursor.peek(1);
  if (first === Token.RIGHT_PAREN) {
    cursor.advance();
    cursor.advance();
    return list([]);
  }
  const tuples = first === Token.LEFT_PAREN;
  if (!tuples && first !== Token.QMARK && first !== Token.COLON) cursor.noViable(1);
  cursor.advance();
  const terms = tuples ? parseCommaList(cursor, parseTupleLiteral) : parseCommaList(cursor, parseTupleMarker);
  cursor.expect(Token.RIGHT_PAREN);
  return list(terms);
}

function parseTupleMarker(cursor: Cursor): BindMarker {
  return parseMarker(cursor) ?? cursor.noViable();
}
