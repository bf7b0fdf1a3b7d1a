/** Sets of tokens that the grammar's rules share. */

import { Token, type TokenName } from '../lexer/index.ts';

/** One byte for each kind of token, 1 for a member. */
export type TokenSet = Uint8Array;

const KINDS = Object.keys(Token).length;

export function tokenSet(names: readonly TokenName[], ...parts: readonly TokenSet[]): TokenSet {
  const set = new Uint8Array(KINDS);
  for (const name of names) set[Token[name]] = 1;
  for (const part of parts) {
    part.forEach((member, kind) => {
      if (member === 1) set[kind] = 1;
    });
  }
  return set;
}

/** Rule `native_type`. */
export const NATIVE_TYPES: TokenSet = tokenSet([
  'K_ASCII',
  'K_BIGINT',
  'K_BLOB',
  'K_BOOLEAN',
  'K_COUNTER',
  'K_DECIMAL',
  'K_DOUBLE',
  'K_DURATION',
  'K_FLOAT',
  'K_INET',
  'K_INT',
  'K_SMALLINT',
  'K_TEXT',
  'K_TIMESTAMP',
  'K_TINYINT',
  'K_UUID',
  'K_VARCHAR',
  'K_VARINT',
  'K_TIMEUUID',
  'K_DATE',
  'K_TIME',
]);

/** Rule `basic_unreserved_keyword`: keywords that can be any name. */
export const BASIC_UNRESERVED: TokenSet = tokenSet([
  'K_KEYS',
  'K_AS',
  'K_CLUSTER',
  'K_CLUSTERING',
  'K_COMPACT',
  'K_STORAGE',
  'K_TABLES',
  'K_TYPE',
  'K_TYPES',
  'K_VALUES',
  'K_MAP',
  'K_LIST',
  'K_FILTERING',
  'K_PERMISSION',
  'K_PERMISSIONS',
  'K_KEYSPACES',
  'K_ALL',
  'K_USER',
  'K_USERS',
  'K_ROLE',
  'K_ROLES',
  'K_IDENTITY',
  'K_SUPERUSER',
  'K_NOSUPERUSER',
  'K_LOGIN',
  'K_NOLOGIN',
  'K_OPTIONS',
  'K_PASSWORD',
  'K_HASHED',
  'K_EXISTS',
  'K_CUSTOM',
  'K_TRIGGER',
  'K_CONTAINS',
  'K_INTERNALS',
  'K_ONLY',
  'K_STATIC',
  'K_FROZEN',
  'K_TUPLE',
  'K_FUNCTION',
  'K_FUNCTIONS',
  'K_AGGREGATE',
  'K_AGGREGATES',
  'K_SFUNC',
  'K_STYPE',
  'K_FINALFUNC',
  'K_INITCOND',
  'K_RETURNS',
  'K_LANGUAGE',
  'K_CALLED',
  'K_INPUT',
  'K_LIKE',
  'K_PER',
  'K_PARTITION',
  'K_GROUP',
  'K_DATACENTERS',
  'K_CIDRS',
  'K_ACCESS',
  'K_DEFAULT',
  'K_MBEAN',
  'K_MBEANS',
  'K_REPLACE',
  'K_UNSET',
  'K_MASKED',
  'K_UNMASK',
  'K_SELECT_MASKED',
  'K_VECTOR',
  'K_ANN',
]);

const NAMES = tokenSet(['IDENT', 'QUOTED_NAME']);

/** Rule `unreserved_function_keyword`. */
const UNRESERVED_FUNCTION = tokenSet([], BASIC_UNRESERVED, NATIVE_TYPES);

/** Rule `unreserved_keyword`. */
export const UNRESERVED: TokenSet = tokenSet(
  ['K_TTL', 'K_COUNT', 'K_WRITETIME', 'K_MAXWRITETIME', 'K_KEY', 'K_CAST', 'K_JSON', 'K_DISTINCT'],
  UNRESERVED_FUNCTION,
);

/** Rules `ident`, `fident` and `noncol_ident`. */
export const IDENTIFIERS: TokenSet = tokenSet([], NAMES, UNRESERVED);

/** Rule `cident`: also the empty quoted name. */
export const COLUMN_IDENTIFIERS: TokenSet = tokenSet(['EMPTY_QUOTED_NAME'], IDENTIFIERS);

/** Rule `non_type_ident`. */
export const TYPE_IDENTIFIERS: TokenSet = tokenSet(['K_KEY'], NAMES, BASIC_UNRESERVED);

/** Rule `allowedFunctionName`. */
export const FUNCTION_IDENTIFIERS: TokenSet = tokenSet(['K_TOKEN', 'K_COUNT'], NAMES, UNRESERVED_FUNCTION);

/** Rules `ksName`, `cfName` and `idxName`, whose marker gets an error of its own. */
export const QUALIFIED_IDENTIFIERS: TokenSet = tokenSet(['QMARK'], IDENTIFIERS);

/** Rule `constant`. */
export const CONSTANTS: TokenSet = tokenSet([
  'STRING_LITERAL',
  'INTEGER',
  'FLOAT',
  'BOOLEAN',
  'DURATION',
  'UUID',
  'HEXNUMBER',
  'K_POSITIVE_NAN',
  'K_NEGATIVE_NAN',
  'K_POSITIVE_INFINITY',
  'K_NEGATIVE_INFINITY',
]);

/** What a function call, and only that, can begin with where a term may stand. */
export const FUNCTION_STARTS: TokenSet = tokenSet([], FUNCTION_IDENTIFIERS, IDENTIFIERS);

/** Rule `simpleTerm`. */
export const SIMPLE_TERM_STARTS: TokenSet = tokenSet(
  ['LEFT_BRACKET', 'LEFT_BRACE', 'LEFT_PAREN', 'K_NULL', 'COLON', 'QMARK'],
  CONSTANTS,
  FUNCTION_STARTS,
);

/** Rule `term`. */
export const TERM_STARTS: TokenSet = tokenSet(['MINUS'], SIMPLE_TERM_STARTS);

/** Rule `relationType`. */
export const COMPARISONS: TokenSet = tokenSet(['EQUAL', 'LESS', 'LESS_EQUAL', 'GREATER', 'GREATER_EQUAL', 'NOT_EQUAL']);

/** Rule `permission`. */
export const PERMISSIONS: TokenSet = tokenSet([
  'K_CREATE',
  'K_ALTER',
  'K_DROP',
  'K_SELECT',
  'K_MODIFY',
  'K_AUTHORIZE',
  'K_DESCRIBE',
  'K_EXECUTE',
  'K_UNMASK',
  'K_SELECT_MASKED',
]);

/** What may follow a whole statement. */
const STATEMENT_END = tokenSet(['EOF', 'SEMICOLON']);

/*
 * What may follow a rule anywhere in the grammar. Cassandra's parser looks at these where it decides by the token after
 * a name, and so finds an error at the name; without them the error would be found, and told, one token later.
 */

export const AFTER_TABLE_NAME: TokenSet = tokenSet(
  [
    'LEFT_PAREN',
    'K_WHERE',
    'K_GROUP',
    'K_ORDER',
    'K_PER',
    'K_LIMIT',
    'K_ALLOW',
    'K_USING',
    'K_SET',
    'K_JSON',
    'K_AS',
    'K_PRIMARY',
    'K_WITH',
    'K_ALTER',
    'K_ADD',
    'K_DROP',
    'K_RENAME',
    'K_TO',
    'K_FROM',
    'K_OF',
    'K_NORECURSIVE',
  ],
  STATEMENT_END,
);

export const AFTER_FUNCTION_NAME: TokenSet = tokenSet(['LEFT_PAREN', 'K_WITH'], STATEMENT_END);

export const AFTER_TYPE: TokenSet = tokenSet(
  ['COMMA', 'GREATER', 'RIGHT_PAREN', 'K_PRIMARY', 'K_STATIC', 'K_MASKED', 'K_FINALFUNC', 'K_INITCOND', 'K_LANGUAGE'],
  STATEMENT_END,
);

/** After a field, an element or a slice that is selected. Cassandra's parser overlooks that a semicolon can follow. */
export const AFTER_SELECTED_PART: TokenSet = tokenSet([
  'COMMA',
  'K_FROM',
  'K_AS',
  'PLUS',
  'MINUS',
  'STAR',
  'SLASH',
  'PERCENT',
  'DOT',
  'LEFT_BRACKET',
  'RIGHT_PAREN',
  'RIGHT_BRACKET',
  'RIGHT_BRACE',
  'COLON',
  'K_ORDER',
  'K_PER',
  'K_LIMIT',
  'K_ALLOW',
  'EOF',
]);

export const AFTER_SELECTABLE: TokenSet = tokenSet(['SEMICOLON'], AFTER_SELECTED_PART);

/** After a whole term, where `+` is decided apart. */
export const AFTER_TERM: TokenSet = tokenSet(
  [
    'COMMA',
    'RIGHT_PAREN',
    'RIGHT_BRACKET',
    'RIGHT_BRACE',
    'COLON',
    'RANGE',
    'K_AND',
    'K_IF',
    'K_WHERE',
    'K_PRIMARY',
    'K_GROUP',
    'K_ORDER',
    'K_PER',
    'K_LIMIT',
    'K_ALLOW',
    'K_ASC',
    'K_DESC',
    'K_INSERT',
    'K_UPDATE',
    'K_DELETE',
    'K_APPLY',
  ],
  STATEMENT_END,
);

/** After one operand of a term. */
export const AFTER_SIMPLE_TERM: TokenSet = tokenSet(['PLUS', 'MINUS', 'STAR', 'SLASH', 'PERCENT', 'K_AS'], AFTER_TERM);
