/** Names of keyspaces, tables, functions and the like, with their optional keyspace. */

import type { FunctionName, QualifiedName } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import {
  AFTER_FUNCTION_NAME,
  AFTER_TABLE_NAME,
  COLUMN_IDENTIFIERS,
  FUNCTION_IDENTIFIERS,
  IDENTIFIERS,
  QUALIFIED_IDENTIFIERS,
  type TokenSet,
  TYPE_IDENTIFIERS,
  tokenSet,
} from './token-set.ts';

/** Rules `ident`, `fident` and `noncol_ident`. */
export function parseIdentifier(cursor: Cursor): string {
  return cursor.name(IDENTIFIERS);
}

/** Rule `cident`. */
export function parseColumnName(cursor: Cursor): string {
  return cursor.name(COLUMN_IDENTIFIERS);
}

function qualifiedPart(cursor: Cursor, what: string): string {
  if (cursor.kind === Token.QMARK) cursor.fail(`Bind variables cannot be used for ${what} names`);
  return cursor.name(IDENTIFIERS);
}

/** Rule `keyspaceName`. */
export function parseKeyspaceName(cursor: Cursor): string {
  return qualifiedPart(cursor, 'keyspace');
}

const AFTER_INDEX_NAME: TokenSet = tokenSet(['EOF', 'SEMICOLON']);

function parseQualified(cursor: Cursor, what: string, follow: TokenSet): QualifiedName {
  if (QUALIFIED_IDENTIFIERS[cursor.kind] !== 1) cursor.noViable();
  const next = cursor.peek(1);
  if (next !== Token.DOT) {
    if (follow[next] !== 1) cursor.noViable(1);
    cursor.peek(2);
    return { keyspace: null, name: qualifiedPart(cursor, what) };
  }
  const keyspace = parseKeyspaceName(cursor);
  cursor.advance();
  return { keyspace, name: qualifiedPart(cursor, what) };
}

/** Rule `columnFamilyName`: a table or a view. */
export function parseTableName(cursor: Cursor): QualifiedName {
  return parseQualified(cursor, 'table', AFTER_TABLE_NAME);
}

/** Rule `indexName`. */
export function parseIndexName(cursor: Cursor): QualifiedName {
  return parseQualified(cursor, 'index', AFTER_INDEX_NAME);
}

/** Rule `idxName`: an index without keyspace. */
export function parseSimpleIndexName(cursor: Cursor): string {
  return qualifiedPart(cursor, 'index');
}

/** Words that are no keywords but that Cassandra keeps for types it may have one day. */
const RESERVED_TYPE_NAMES: ReadonlySet<string> = new Set([
  'byte',
  'complex',
  'enum',
  'date',
  'interval',
  'macaddr',
  'bitstring',
]);

/** Rule `userTypeName`. */
export function parseUserTypeName(cursor: Cursor): QualifiedName {
  let keyspace: string | null = null;
  const onlyKeyspace = IDENTIFIERS[cursor.kind] === 1 && TYPE_IDENTIFIERS[cursor.kind] !== 1;
  if (onlyKeyspace || (IDENTIFIERS[cursor.kind] === 1 && cursor.peek(1) === Token.DOT)) {
    keyspace = parseIdentifier(cursor);
    cursor.expect(Token.DOT);
  }
  const unquoted = cursor.kind === Token.IDENT;
  const written = unquoted ? cursor.textAt(cursor.position) : '';
  const name = cursor.name(TYPE_IDENTIFIERS);
  if (unquoted && RESERVED_TYPE_NAMES.has(written)) cursor.fail(`Invalid (reserved) user type name ${written}`);
  return { keyspace, name };
}

const FUNCTION_NAME_STARTS = tokenSet([], QUALIFIED_IDENTIFIERS, FUNCTION_IDENTIFIERS);

/** Rule `functionName`. */
export function parseFunctionName(cursor: Cursor): FunctionName {
  if (FUNCTION_NAME_STARTS[cursor.kind] !== 1) cursor.noViable();
  const next = cursor.peek(1);
  if (cursor.kind === Token.QMARK) parseKeyspaceName(cursor);
  if (cursor.kind === Token.K_TOKEN) return { keyspace: null, name: cursor.name(FUNCTION_IDENTIFIERS) };
  if (next === Token.DOT || FUNCTION_IDENTIFIERS[cursor.kind] !== 1) {
    const keyspace = parseKeyspaceName(cursor);
    cursor.expect(Token.DOT);
    return { keyspace, name: cursor.name(FUNCTION_IDENTIFIERS) };
  }
  if (AFTER_FUNCTION_NAME[next] !== 1) cursor.noViable(1);
  cursor.peek(2);
  return { keyspace: null, name: cursor.name(FUNCTION_IDENTIFIERS) };
}

/** Rule `allowedFunctionName`: a function of the statement's own keyspace. */
export function parseSimpleFunctionName(cursor: Cursor): string {
  return cursor.name(FUNCTION_IDENTIFIERS);
}

const ROLE_NAMES = tokenSet(['STRING_LITERAL', 'QMARK'], IDENTIFIERS);

/** Rule `roleName`: a string keeps its case, as a quoted name does. */
export function parseRoleName(cursor: Cursor): string {
  if (cursor.kind === Token.STRING_LITERAL) return cursor.expectText(Token.STRING_LITERAL);
  if (cursor.kind === Token.QMARK) cursor.fail('Bind variables cannot be used for role names');
  return cursor.name(ROLE_NAMES);
}
