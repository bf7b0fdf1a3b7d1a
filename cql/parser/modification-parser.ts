/** INSERT, UPDATE, DELETE and BATCH. */

import type {
  Batch,
  Delete,
  Deletion,
  Insert,
  InsertJson,
  Modification,
  QualifiedName,
  Update,
  UsingAttributes,
} from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import { parseOptionalConditions } from './condition-parser.ts';
import type { Cursor } from './cursor.ts';
import { parseCommaList, parseIfNotExists } from './list-parser.ts';
import { parseColumnName, parseIdentifier, parseTableName } from './name-parser.ts';
import { parseOperations } from './operation-parser.ts';
import { parseWhereClause } from './relation-parser.ts';
import { parseConstant, parseIntValue, parseMarker, parseTerm } from './term-parser.ts';
import { COLUMN_IDENTIFIERS } from './token-set.ts';

const NO_ATTRIBUTES: UsingAttributes = { timestamp: null, ttl: null };

/** Rule `usingClause`, if it is there. */
function parseOptionalUsing(cursor: Cursor): UsingAttributes {
  if (!cursor.accept(Token.K_USING)) return NO_ATTRIBUTES;
  let attributes = NO_ATTRIBUTES;
  do {
    if (cursor.accept(Token.K_TIMESTAMP)) attributes = { ...attributes, timestamp: parseIntValue(cursor) };
    else if (cursor.accept(Token.K_TTL)) attributes = { ...attributes, ttl: parseIntValue(cursor) };
    else cursor.noViable();
  } while (cursor.accept(Token.K_AND));
  return attributes;
}

/** Rule `insertStatement`, after INSERT. */
export function parseInsert(cursor: Cursor): Insert | InsertJson {
  cursor.expect(Token.K_INTO);
  const table = parseTableName(cursor);
  if (cursor.kind === Token.LEFT_PAREN) return parseInsertValues(cursor, table);
  if (cursor.accept(Token.K_JSON)) return parseInsertJson(cursor, table);
  return cursor.noViable();
}

function parseInsertValues(cursor: Cursor, table: QualifiedName): Insert {
  cursor.expect(Token.LEFT_PAREN);
  const columns = parseCommaList(cursor, parseColumnName);
  cursor.expect(Token.RIGHT_PAREN);
  cursor.expect(Token.K_VALUES);
  cursor.expect(Token.LEFT_PAREN);
  const values = parseCommaList(cursor, parseTerm);
  cursor.expect(Token.RIGHT_PAREN);
  const ifNotExists = parseIfNotExists(cursor);
  return { kind: 'Insert', table, columns, values, ifNotExists, using: parseOptionalUsing(cursor) };
}

function parseInsertJson(cursor: Cursor, table: QualifiedName): InsertJson {
  const isLiteral = cursor.kind === Token.STRING_LITERAL;
  const json = isLiteral ? parseConstant(cursor) : (parseMarker(cursor) ?? cursor.noViable());
  const defaultUnset = parseDefaultUnset(cursor);
  const ifNotExists = parseIfNotExists(cursor);
  return { kind: 'InsertJson', table, json, defaultUnset, ifNotExists, using: parseOptionalUsing(cursor) };
}

function parseDefaultUnset(cursor: Cursor): boolean {
  if (!cursor.accept(Token.K_DEFAULT)) return false;
  if (cursor.accept(Token.K_UNSET)) return true;
  if (!cursor.accept(Token.K_NULL)) cursor.noViable();
  return false;
}

/** Rule `updateStatement`, after UPDATE. */
export function parseUpdate(cursor: Cursor): Update {
  const table = parseTableName(cursor);
  const using = parseOptionalUsing(cursor);
  cursor.expect(Token.K_SET);
  const operations = parseOperations(cursor);
  cursor.expect(Token.K_WHERE);
  const where = parseWhereClause(cursor);
  return { kind: 'Update', table, using, operations, where, ...parseOptionalConditions(cursor) };
}

/** Rule `deleteStatement`, after DELETE. */
export function parseDelete(cursor: Cursor): Delete {
  const deletions = COLUMN_IDENTIFIERS[cursor.kind] === 1 ? parseCommaList(cursor, parseDeletion) : [];
  cursor.expect(Token.K_FROM);
  const table = parseTableName(cursor);
  const using = parseOptionalTimestamp(cursor);
  cursor.expect(Token.K_WHERE);
  const where = parseWhereClause(cursor);
  return { kind: 'Delete', table, deletions, using, where, ...parseOptionalConditions(cursor) };
}

/** Rule `usingClauseDelete`, if it is there. */
function parseOptionalTimestamp(cursor: Cursor): UsingAttributes {
  if (!cursor.accept(Token.K_USING)) return NO_ATTRIBUTES;
  cursor.expect(Token.K_TIMESTAMP);
  return { timestamp: parseIntValue(cursor), ttl: null };
}

/** Rule `deleteOp`. */
function parseDeletion(cursor: Cursor): Deletion {
  if (COLUMN_IDENTIFIERS[cursor.kind] !== 1) cursor.noViable();
  const next = cursor.peek(1);
  if (next === Token.COMMA || next === Token.K_FROM) {
    cursor.peek(2);
    return { kind: 'ColumnDeletion', column: parseColumnName(cursor) };
  }
  if (next !== Token.LEFT_BRACKET && next !== Token.DOT) cursor.noViable(1);
  const column = parseColumnName(cursor);
  cursor.advance();
  if (next === Token.DOT) return { kind: 'FieldDeletion', column, field: parseIdentifier(cursor) };
  const element = parseTerm(cursor);
  cursor.expect(Token.RIGHT_BRACKET);
  return { kind: 'ElementDeletion', column, element };
}

/** Rule `batchStatement`, after BEGIN. */
export function parseBatch(cursor: Cursor): Batch {
  const type = parseBatchType(cursor);
  cursor.expect(Token.K_BATCH);
  const using = parseOptionalUsing(cursor);
  const statements: Modification[] = [];
  for (let statement = parseModification(cursor); statement !== null; statement = parseModification(cursor)) {
    statements.push(statement);
    cursor.accept(Token.SEMICOLON);
  }
  cursor.expect(Token.K_APPLY);
  cursor.expect(Token.K_BATCH);
  return { kind: 'Batch', type, using, statements };
}

function parseBatchType(cursor: Cursor): Batch['type'] {
  if (cursor.accept(Token.K_UNLOGGED)) return 'UNLOGGED';
  return cursor.accept(Token.K_COUNTER) ? 'COUNTER' : 'LOGGED';
}

function parseModification(cursor: Cursor): Modification | null {
  if (cursor.accept(Token.K_INSERT)) return parseInsert(cursor);
  if (cursor.accept(Token.K_UPDATE)) return parseUpdate(cursor);
  return cursor.accept(Token.K_DELETE) ? parseDelete(cursor) : null;
}
