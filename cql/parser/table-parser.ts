/** CREATE, ALTER and DROP TABLE. */

import type {
  AddColumn,
  AlterTable,
  ColumnDefinition,
  ColumnMask,
  CreateTable,
  DropTable,
  Rename,
  TableAlteration,
} from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseCommaList, parseIfExists, parseIfNotExists } from './list-parser.ts';
import { parseColumnName, parseFunctionName, parseIdentifier, parseTableName } from './name-parser.ts';
import { parseOptionalTableOptions, parseProperties } from './property-parser.ts';
import { parseTerm } from './term-parser.ts';
import { COLUMN_IDENTIFIERS, FUNCTION_STARTS, IDENTIFIERS, TERM_STARTS, tokenSet } from './token-set.ts';
import { parseCqlType } from './type-parser.ts';

/** After CREATE TABLE. */
export function parseCreateTable(cursor: Cursor): CreateTable {
  const ifNotExists = parseIfNotExists(cursor);
  const table = parseTableName(cursor);
  cursor.expect(Token.LEFT_PAREN);
  const columns: ColumnDefinition[] = [];
  const partitionKeys: string[][] = [];
  const clusteringColumns: string[] = [];
  const parseColumns = (): void => {
    if (cursor.accept(Token.K_PRIMARY)) {
      cursor.expect(Token.K_KEY);
      const key = parsePrimaryKey(cursor);
      partitionKeys.push(key.partitionKey);
      clusteringColumns.push(...key.clusteringColumns);
    } else {
      const column = parseColumnDefinition(cursor);
      columns.push(column);
      if (acceptPrimaryKey(cursor)) partitionKeys.push([column.name]);
    }
  };
  parseColumns();
  while (cursor.accept(Token.COMMA)) {
    if (IDENTIFIERS[cursor.kind] === 1 || cursor.kind === Token.K_PRIMARY) parseColumns();
  }
  cursor.expect(Token.RIGHT_PAREN);
  const options = parseOptionalTableOptions(cursor, 'table');
  return { kind: 'CreateTable', table, ifNotExists, columns, partitionKeys, clusteringColumns, ...options };
}

function parseColumnDefinition(cursor: Cursor): ColumnDefinition {
  const name = parseIdentifier(cursor);
  const type = parseCqlType(cursor);
  const isStatic = cursor.accept(Token.K_STATIC);
  return { name, type, isStatic, mask: parseOptionalMask(cursor) };
}

function acceptPrimaryKey(cursor: Cursor): boolean {
  if (!cursor.accept(Token.K_PRIMARY)) return false;
  cursor.expect(Token.K_KEY);
  return true;
}

export interface PrimaryKey {
  readonly partitionKey: string[];
  readonly clusteringColumns: string[];
}

/** `((a, b), c, d)` or `(a, c, d)`, after PRIMARY KEY. */
export function parsePrimaryKey(cursor: Cursor): PrimaryKey {
  cursor.expect(Token.LEFT_PAREN);
  const partitionKey = parsePartitionKey(cursor);
  const clusteringColumns = cursor.accept(Token.COMMA) ? parseCommaList(cursor, parseIdentifier) : [];
  cursor.expect(Token.RIGHT_PAREN);
  return { partitionKey, clusteringColumns };
}

function parsePartitionKey(cursor: Cursor): string[] {
  if (!cursor.accept(Token.LEFT_PAREN)) return [parseIdentifier(cursor)];
  const columns = parseCommaList(cursor, parseIdentifier);
  cursor.expect(Token.RIGHT_PAREN);
  return columns;
}

/** Rule `columnMask`, if it is there. */
function parseOptionalMask(cursor: Cursor): ColumnMask | null {
  return cursor.kind === Token.K_MASKED ? parseMask(cursor) : null;
}

const AFTER_MASK = tokenSet(['COMMA', 'RIGHT_PAREN', 'K_PRIMARY', 'EOF', 'SEMICOLON']);

/** `MASKED WITH DEFAULT` or `MASKED WITH f(…)`; DEFAULT can be a function's name or keyspace. */
function parseMask(cursor: Cursor): ColumnMask {
  if (cursor.peek(1) !== Token.K_WITH) cursor.noViable(1);
  const name = cursor.peek(2);
  if (name === Token.K_DEFAULT) {
    const next = cursor.peek(3);
    if (next !== Token.LEFT_PAREN && next !== Token.DOT) {
      if (AFTER_MASK[next] !== 1) cursor.noViable(3);
      cursor.position += 3;
      return { function: { keyspace: 'system', name: 'mask_default' }, args: [] };
    }
  } else if (FUNCTION_STARTS[name] !== 1 && name !== Token.QMARK) {
    cursor.noViable(2);
  }
  cursor.position += 2;
  return { function: parseFunctionName(cursor), args: parseMaskArguments(cursor) };
}

function parseMaskArguments(cursor: Cursor): ColumnMask['args'] {
  if (cursor.kind !== Token.LEFT_PAREN) cursor.noViable();
  const first = cursor.peek(1);
  if (first !== Token.RIGHT_PAREN && TERM_STARTS[first] !== 1) cursor.noViable(1);
  cursor.advance();
  const args = first === Token.RIGHT_PAREN ? [] : parseCommaList(cursor, parseTerm);
  cursor.expect(Token.RIGHT_PAREN);
  return args;
}

/** After ALTER TABLE. */
export function parseAlterTable(cursor: Cursor): AlterTable {
  const ifExists = parseIfExists(cursor);
  const table = parseTableName(cursor);
  return { kind: 'AlterTable', table, ifExists, alteration: parseAlteration(cursor) };
}

function parseAlteration(cursor: Cursor): TableAlteration {
  switch (cursor.kind) {
    case Token.K_ALTER:
      return parseAlterColumn(cursor);
    case Token.K_ADD:
      return parseAddColumns(cursor);
    case Token.K_DROP:
      return parseDropColumns(cursor);
    case Token.K_RENAME:
      return parseRenameColumns(cursor);
    case Token.K_WITH:
      cursor.advance();
      return { kind: 'SetProperties', properties: parseProperties(cursor) };
    default:
      return cursor.noViable();
  }
}

/** `ALTER c TYPE t`, `ALTER [IF EXISTS] c MASKED WITH …`, `ALTER [IF EXISTS] c DROP MASKED`. */
function parseAlterColumn(cursor: Cursor): TableAlteration {
  if (COLUMN_IDENTIFIERS[cursor.peek(1)] === 1) {
    const third = cursor.peek(2);
    if (third === Token.K_TYPE) {
      cursor.advance();
      const column = parseColumnName(cursor);
      cursor.advance();
      return { kind: 'AlterColumnType', column, type: parseCqlType(cursor) };
    }
    if (third !== Token.K_MASKED && third !== Token.K_DROP) cursor.noViable(2);
  } else if (cursor.peek(1) !== Token.K_IF) {
    cursor.noViable(1);
  }
  cursor.advance();
  const ifExists = parseIfExists(cursor);
  const column = parseColumnName(cursor);
  if (cursor.kind === Token.K_MASKED) return { kind: 'MaskColumn', column, mask: parseMask(cursor), ifExists };
  if (!cursor.accept(Token.K_DROP)) cursor.noViable();
  cursor.expect(Token.K_MASKED);
  return { kind: 'MaskColumn', column, mask: null, ifExists };
}

function parseAddColumns(cursor: Cursor): TableAlteration {
  cursor.advance();
  const ifNotExists = parseIfNotExists(cursor);
  const columns = parseOneOrMore(cursor, parseAddedColumn);
  return { kind: 'AddColumns', columns, ifNotExists };
}

/** `item` or `(item, item)`. */
function parseOneOrMore<T>(cursor: Cursor, parseItem: (cursor: Cursor) => T): T[] {
  if (!cursor.accept(Token.LEFT_PAREN)) return [parseItem(cursor)];
  const items = parseCommaList(cursor, parseItem);
  cursor.expect(Token.RIGHT_PAREN);
  return items;
}

function parseAddedColumn(cursor: Cursor): AddColumn {
  return parseColumnDefinition(cursor);
}

/** What follows DROP in ALTER TABLE. */
const DROPPED = tokenSet(['K_IF', 'LEFT_PAREN'], IDENTIFIERS);

/** What follows a column there. */
const AFTER_DROPPED = tokenSet(['K_USING', 'EOF', 'SEMICOLON']);

function parseDropColumns(cursor: Cursor): TableAlteration {
  if (cursor.peek(1) === Token.K_COMPACT && cursor.peek(2) === Token.K_STORAGE) {
    cursor.position += 3;
    return { kind: 'DropCompactStorage' };
  }
  if (DROPPED[cursor.peek(1)] !== 1) cursor.noViable(1);
  if (cursor.peek(1) === Token.K_COMPACT && AFTER_DROPPED[cursor.peek(2)] !== 1) cursor.noViable(2);
  cursor.advance();
  const ifExists = parseIfExists(cursor);
  const columns = parseOneOrMore(cursor, parseIdentifier);
  return { kind: 'DropColumns', columns, timestamp: parseDropTimestamp(cursor), ifExists };
}

const LONG_BITS = 64;

function parseDropTimestamp(cursor: Cursor): string | null {
  if (!cursor.accept(Token.K_USING)) return null;
  cursor.expect(Token.K_TIMESTAMP);
  const text = cursor.expectText(Token.INTEGER);
  const value = BigInt(text);
  if (BigInt.asIntN(LONG_BITS, value) !== value) {
    cursor.fail(
      `Failed parsing statement: [${cursor.tokens.text}] reason: NumberFormatException For input string: "${text}"`,
    );
  }
  return text;
}

function parseRenameColumns(cursor: Cursor): TableAlteration {
  cursor.advance();
  const ifExists = parseIfExists(cursor);
  return { kind: 'RenameColumns', renames: parseRenames(cursor), ifExists };
}

/** `a TO b AND c TO d`. */
export function parseRenames(cursor: Cursor): Rename[] {
  const renames: Rename[] = [];
  do {
    const from = parseIdentifier(cursor);
    cursor.expect(Token.K_TO);
    renames.push({ from, to: parseIdentifier(cursor) });
  } while (cursor.accept(Token.K_AND));
  return renames;
}

/** After DROP TABLE. */
export function parseDropTable(cursor: Cursor): DropTable {
  const ifExists = parseIfExists(cursor);
  return { kind: 'DropTable', table: parseTableName(cursor), ifExists };
}
