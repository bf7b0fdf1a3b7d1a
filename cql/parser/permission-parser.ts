/** GRANT, REVOKE and LIST of permissions and roles. */

import type { Permission, RoleStatement } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseRoleName } from './name-parser.ts';
import { applicablePermissions, parseResource } from './resource-parser.ts';
import { IDENTIFIERS, PERMISSIONS, tokenSet } from './token-set.ts';

const ALL_PERMISSIONS: readonly Permission[] = [
  'CREATE',
  'ALTER',
  'DROP',
  'SELECT',
  'MODIFY',
  'AUTHORIZE',
  'DESCRIBE',
  'EXECUTE',
  'UNMASK',
  'SELECT_MASKED',
];

const ROLE_STARTS = tokenSet(['STRING_LITERAL', 'QMARK'], IDENTIFIERS);

/** After GRANT. */
export function parseGrant(cursor: Cursor): RoleStatement {
  if (startsRoleName(cursor, Token.K_TO)) {
    const role = parseRoleName(cursor);
    cursor.expect(Token.K_TO);
    return { kind: 'GrantRole', role, grantee: parseRoleName(cursor) };
  }
  const requested = parsePermissions(cursor);
  cursor.expect(Token.K_ON);
  const resource = parseResource(cursor);
  cursor.expect(Token.K_TO);
  const grantee = parseRoleName(cursor);
  const permissions = applicablePermissions(cursor, requested, resource);
  return { kind: 'GrantPermissions', permissions, resource, grantee };
}

/** After REVOKE. */
export function parseRevoke(cursor: Cursor): RoleStatement {
  if (startsRoleName(cursor, Token.K_FROM)) {
    const role = parseRoleName(cursor);
    cursor.expect(Token.K_FROM);
    return { kind: 'RevokeRole', role, revokee: parseRoleName(cursor) };
  }
  const requested = parsePermissions(cursor);
  cursor.expect(Token.K_ON);
  const resource = parseResource(cursor);
  cursor.expect(Token.K_FROM);
  const revokee = parseRoleName(cursor);
  const permissions = applicablePermissions(cursor, requested, resource);
  return { kind: 'RevokePermissions', permissions, resource, revokee };
}

/**
 * Whether a role is given or taken rather than permissions. ALL and the permissions that are no reserved words can be
 * roles: they are if `preposition` follows. Both alternatives belong to the rule of all statements, so what fits
 * neither is found at the statement's first word.
 */
function startsRoleName(cursor: Cursor, preposition: number): boolean {
  const { kind } = cursor;
  const isPermission = kind === Token.K_ALL || PERMISSIONS[kind] === 1;
  if (ROLE_STARTS[kind] !== 1) {
    if (!isPermission) noStatement(cursor, 0);
    return false;
  }
  if (!isPermission) return true;
  const next = cursor.peek(1);
  if (next === preposition) return true;
  const goesOn =
    next === Token.K_ON ||
    (kind === Token.K_ALL ? next === Token.K_PERMISSIONS : next === Token.K_PERMISSION || next === Token.COMMA);
  if (!goesOn) noStatement(cursor, 1);
  return false;
}

/** No statement goes on with the token `distance` after the next; it began one token ago. */
function noStatement(cursor: Cursor, distance: number): never {
  cursor.position -= 1;
  return cursor.noViable(distance + 1);
}

/** Rule `permissionOrAll`, in the order in which the permissions are defined. */
function parsePermissions(cursor: Cursor): readonly Permission[] {
  if (cursor.accept(Token.K_ALL)) {
    cursor.accept(Token.K_PERMISSIONS);
    return ALL_PERMISSIONS;
  }
  const named = new Set<string>();
  do {
    if (PERMISSIONS[cursor.kind] !== 1) failWithoutPermission(cursor);
    named.add(cursor.textAt(cursor.position).toUpperCase());
    cursor.advance();
    cursor.accept(Token.K_PERMISSION);
  } while (cursor.accept(Token.COMMA));
  return ALL_PERMISSIONS.filter((permission) => named.has(permission));
}

/** Cassandra goes on without the permission and fails over its absence, and that is its message. */
function failWithoutPermission(cursor: Cursor): never {
  return cursor.fail(
    `Failed parsing statement: [${cursor.tokens.text}] reason: NullPointerException ` +
      'Cannot invoke "Object.getClass()" because "e" is null',
  );
}

/** After LIST. */
export function parseList(cursor: Cursor): RoleStatement {
  if (cursor.accept(Token.K_USERS)) return { kind: 'ListUsers' };
  if (cursor.accept(Token.K_ROLES)) {
    const grantee = parseOfRole(cursor);
    return { kind: 'ListRoles', grantee, recursive: !cursor.accept(Token.K_NORECURSIVE) };
  }
  if (cursor.kind !== Token.K_ALL && PERMISSIONS[cursor.kind] !== 1) noStatement(cursor, 0);
  const permissions = parsePermissions(cursor);
  const resource = cursor.accept(Token.K_ON) ? parseResource(cursor) : null;
  const grantee = parseOfRole(cursor);
  const recursive = !cursor.accept(Token.K_NORECURSIVE);
  return { kind: 'ListPermissions', permissions, resource, grantee, recursive };
}

function parseOfRole(cursor: Cursor): string | null {
  return cursor.accept(Token.K_OF) ? parseRoleName(cursor) : null;
}
