/** What permissions are given on (grammar rule `resource`), and which permissions each kind of resource has. */

import type { Permission, Resource } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseArgumentTypes } from './function-parser.ts';
import { canonicalObjectName, isObjectNamePattern } from './jmx-object-name.ts';
import { parseFunctionName, parseKeyspaceName, parseRoleName, parseTableName } from './name-parser.ts';
import { FUNCTION_STARTS, QUALIFIED_IDENTIFIERS, tokenSet } from './token-set.ts';

const OF_KEYSPACES: readonly Permission[] = [
  'CREATE',
  'ALTER',
  'DROP',
  'SELECT',
  'MODIFY',
  'AUTHORIZE',
  'UNMASK',
  'SELECT_MASKED',
];
const OF_ROLES: readonly Permission[] = ['CREATE', 'ALTER', 'DROP', 'AUTHORIZE', 'DESCRIBE'];
const OF_FUNCTIONS: readonly Permission[] = ['CREATE', 'ALTER', 'DROP', 'AUTHORIZE', 'EXECUTE'];
const OF_MBEANS: readonly Permission[] = ['SELECT', 'MODIFY', 'AUTHORIZE', 'DESCRIBE', 'EXECUTE'];

function withoutCreate(permissions: readonly Permission[]): readonly Permission[] {
  return permissions.filter((permission) => permission !== 'CREATE');
}

interface ResourceType {
  /** Cassandra's class, which its message names. */
  readonly className: string;
  readonly permissions: readonly Permission[];
}

const TYPES: Readonly<Record<Resource['kind'], ResourceType>> = {
  AllKeyspaces: { className: 'DataResource', permissions: OF_KEYSPACES },
  Keyspace: { className: 'DataResource', permissions: OF_KEYSPACES },
  AllTables: { className: 'DataResource', permissions: OF_KEYSPACES },
  Table: { className: 'DataResource', permissions: withoutCreate(OF_KEYSPACES) },
  AllRoles: { className: 'RoleResource', permissions: OF_ROLES },
  Role: { className: 'RoleResource', permissions: withoutCreate(OF_ROLES) },
  AllFunctions: { className: 'FunctionResource', permissions: OF_FUNCTIONS },
  Function: { className: 'FunctionResource', permissions: withoutCreate(OF_FUNCTIONS) },
  AllMBeans: { className: 'JMXResource', permissions: OF_MBEANS },
  MBean: { className: 'JMXResource', permissions: OF_MBEANS },
};

/** Those of the permissions that the resource can have; it must be some. */
export function applicablePermissions(
  cursor: Cursor,
  permissions: readonly Permission[],
  resource: Resource,
): Permission[] {
  const type = TYPES[resource.kind];
  const applicable = permissions.filter((permission) => type.permissions.includes(permission));
  if (applicable.length === 0) {
    cursor.fail(`Resource type ${type.className} does not support any of the requested permissions`);
  }
  return applicable;
}

const AFTER_RESOURCE = tokenSet(['K_TO', 'K_FROM', 'K_OF', 'K_NORECURSIVE', 'EOF', 'SEMICOLON']);
const AFTER_ALL = tokenSet(['K_KEYSPACES', 'K_TABLES', 'K_ROLES', 'K_FUNCTIONS', 'K_MBEANS', 'DOT'], AFTER_RESOURCE);
const AFTER_FUNCTIONS = tokenSet(['K_IN'], AFTER_RESOURCE);

const ROLE_NAMES = tokenSet(['STRING_LITERAL'], QUALIFIED_IDENTIFIERS);
const FUNCTION_NAMES = tokenSet([], QUALIFIED_IDENTIFIERS, FUNCTION_STARTS);

/** Rule `resource`; most of the words that begin one can be a table's name too. */
export function parseResource(cursor: Cursor): Resource {
  switch (cursor.kind) {
    case Token.K_ALL:
      if (AFTER_ALL[cursor.peek(1)] !== 1) cursor.noViable(1);
      return parseAllResource(cursor) ?? parseTable(cursor);
    case Token.K_KEYSPACE:
      cursor.advance();
      return { kind: 'Keyspace', keyspace: parseKeyspaceName(cursor) };
    case Token.K_COLUMNFAMILY:
      cursor.advance();
      return parseTable(cursor);
    case Token.K_ROLE:
      if (isTableName(cursor)) return parseTable(cursor);
      if (ROLE_NAMES[cursor.peek(1)] !== 1) cursor.noViable(1);
      cursor.advance();
      return { kind: 'Role', role: parseRoleName(cursor) };
    case Token.K_FUNCTION:
      if (isTableName(cursor)) return parseTable(cursor);
      if (FUNCTION_NAMES[cursor.peek(1)] !== 1) cursor.noViable(1);
      return parseFunctionResource(cursor);
    case Token.K_MBEAN:
    case Token.K_MBEANS:
      return cursor.peek(1) === Token.STRING_LITERAL ? parseMBean(cursor) : parseTable(cursor);
    default:
      if (QUALIFIED_IDENTIFIERS[cursor.kind] !== 1) cursor.noViable();
      return parseTable(cursor);
  }
}

/** Of a word that may begin a resource: whether it is a table's name, by the token after it. */
function isTableName(cursor: Cursor): boolean {
  const next = cursor.peek(1);
  return next === Token.DOT || AFTER_RESOURCE[next] === 1;
}

function parseTable(cursor: Cursor): Resource {
  return { kind: 'Table', table: parseTableName(cursor) };
}

/** `ALL …`, or null when ALL is a table's name. */
function parseAllResource(cursor: Cursor): Resource | null {
  const what = cursor.peek(1);
  switch (what) {
    case Token.K_KEYSPACES:
      cursor.position += 2;
      return { kind: 'AllKeyspaces' };
    case Token.K_TABLES:
      cursor.position += 2;
      cursor.expect(Token.K_IN);
      cursor.expect(Token.K_KEYSPACE);
      return { kind: 'AllTables', keyspace: parseKeyspaceName(cursor) };
    case Token.K_ROLES:
      cursor.position += 2;
      return { kind: 'AllRoles' };
    case Token.K_MBEANS:
      cursor.position += 2;
      return { kind: 'AllMBeans' };
    case Token.K_FUNCTIONS:
      if (AFTER_FUNCTIONS[cursor.peek(2)] !== 1) cursor.noViable(2);
      cursor.position += 2;
      return { kind: 'AllFunctions', keyspace: parseInKeyspace(cursor) };
    default:
      return null;
  }
}

function parseInKeyspace(cursor: Cursor): string | null {
  if (!cursor.accept(Token.K_IN)) return null;
  cursor.expect(Token.K_KEYSPACE);
  return parseKeyspaceName(cursor);
}

function parseFunctionResource(cursor: Cursor): Resource {
  cursor.advance();
  const name = parseFunctionName(cursor);
  return { kind: 'Function', function: name, argTypes: parseArgumentTypes(cursor) };
}

function parseMBean(cursor: Cursor): Resource {
  const mustBePattern = cursor.kind === Token.K_MBEANS;
  cursor.advance();
  const text = cursor.expectText(Token.STRING_LITERAL);
  if (text === '') cursor.fail('Empty JMX object name supplied');
  if (text === '*:*') cursor.fail('Please use ALL MBEANS instead of wildcard pattern');
  const objectName = canonicalObjectName(text);
  if (objectName === null) return cursor.fail(`${text} is not a valid JMX object name`);
  if (mustBePattern && !isObjectNamePattern(text)) {
    cursor.fail(`Plural form used, but non-pattern JMX object name specified (${text})`);
  }
  return { kind: 'MBean', objectName };
}
