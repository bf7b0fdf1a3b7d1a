/** Statements about roles, users and identities. */

import type { AddIdentity, AlterRole, CreateRole, DropIdentity, DropRole, RoleOptions } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseCommaList, parseIfExists, parseIfNotExists } from './list-parser.ts';
import { parseRoleName } from './name-parser.ts';
import { parsePropertyMap } from './property-parser.ts';

type Options = { -readonly [Key in keyof RoleOptions]: RoleOptions[Key] };

function noOptions(): Options {
  return {
    password: null,
    hashedPassword: null,
    generatedPassword: false,
    superuser: null,
    login: null,
    options: null,
    datacenters: null,
    cidrs: null,
  };
}

/** After CREATE ROLE. */
export function parseCreateRole(cursor: Cursor): CreateRole {
  const ifNotExists = parseIfNotExists(cursor);
  const role = parseRoleName(cursor);
  const options = parseRoleOptions(cursor);
  options.login ??= false;
  options.superuser ??= false;
  checkPasswords(cursor, options);
  return { kind: 'CreateRole', role, ifNotExists, options };
}

/** After ALTER ROLE. */
export function parseAlterRole(cursor: Cursor): AlterRole {
  const ifExists = parseIfExists(cursor);
  const role = parseRoleName(cursor);
  const options = parseRoleOptions(cursor);
  checkPasswords(cursor, options);
  return { kind: 'AlterRole', role, ifExists, options };
}

/** After DROP ROLE. */
export function parseDropRole(cursor: Cursor): DropRole {
  const ifExists = parseIfExists(cursor);
  return { kind: 'DropRole', role: parseRoleName(cursor), ifExists };
}

function checkPasswords(cursor: Cursor, options: Options): void {
  if (options.password !== null && options.hashedPassword !== null) {
    cursor.fail("Options 'password' and 'hashed password' are mutually exclusive");
  }
}

/** `WITH option AND …`, if it is there. */
function parseRoleOptions(cursor: Cursor): Options {
  const options = noOptions();
  if (!cursor.accept(Token.K_WITH)) return options;
  do parseRoleOption(cursor, options);
  while (cursor.accept(Token.K_AND));
  return options;
}

/** The last word of each option's name. */
const OPTION_WORDS = {
  password: Token.K_PASSWORD,
  hashedPassword: Token.K_PASSWORD,
  options: Token.K_OPTIONS,
  superuser: Token.K_SUPERUSER,
  login: Token.K_LOGIN,
} as const;

/** Rule `roleOption`. */
function parseRoleOption(cursor: Cursor, options: Options): void {
  switch (cursor.kind) {
    case Token.K_PASSWORD:
      setOption(cursor, options, 'password', 'PASSWORD', parseString);
      break;
    case Token.K_HASHED:
      cursor.advance();
      setOption(cursor, options, 'hashedPassword', 'HASHED_PASSWORD', parseString);
      break;
    case Token.K_OPTIONS:
      setOption(cursor, options, 'options', 'OPTIONS', parsePropertyMap);
      break;
    case Token.K_SUPERUSER:
      setOption(cursor, options, 'superuser', 'SUPERUSER', parseBoolean);
      break;
    case Token.K_LOGIN:
      setOption(cursor, options, 'login', 'LOGIN', parseBoolean);
      break;
    case Token.K_ACCESS:
      parseAccess(cursor, options);
      break;
    default:
      cursor.noViable();
  }
}

/** `NAME = value`, at the last word of the name; it may be given once. */
function setOption<Key extends keyof typeof OPTION_WORDS>(
  cursor: Cursor,
  options: Options,
  key: Key,
  shownName: string,
  parseValue: (cursor: Cursor) => Options[Key],
): void {
  cursor.expect(OPTION_WORDS[key]);
  cursor.expect(Token.EQUAL);
  const value = parseValue(cursor);
  if (options[key] !== null) cursor.fail(`Multiple definition for property '${shownName}'`);
  options[key] = value;
}

function parseString(cursor: Cursor): string {
  return cursor.expectText(Token.STRING_LITERAL);
}

function parseBoolean(cursor: Cursor): boolean {
  return cursor.expectText(Token.BOOLEAN).toLowerCase() === 'true';
}

/** `ACCESS TO [ALL] DATACENTERS …`, `ACCESS FROM [ALL] CIDRS …`. */
function parseAccess(cursor: Cursor, options: Options): void {
  const preposition = cursor.peek(1);
  if (preposition !== Token.K_TO && preposition !== Token.K_FROM) cursor.noViable(1);
  const what = preposition === Token.K_TO ? Token.K_DATACENTERS : Token.K_CIDRS;
  const third = cursor.peek(2);
  if (third !== Token.K_ALL && third !== what) cursor.noViable(2);
  cursor.position += 2;
  const all = cursor.accept(Token.K_ALL);
  cursor.expect(what);
  const names = all ? 'ALL' : parseNames(cursor);
  if (preposition === Token.K_TO) options.datacenters = join(cursor, options.datacenters, names, 'DCs');
  else options.cidrs = join(cursor, options.cidrs, names, 'CIDRs');
}

function parseNames(cursor: Cursor): string[] {
  cursor.expect(Token.LEFT_BRACE);
  const names = parseCommaList(cursor, parseString);
  cursor.expect(Token.RIGHT_BRACE);
  return names;
}

type Access = 'ALL' | readonly string[];

/** Several lists are one; a list and ALL exclude each other. */
function join(cursor: Cursor, earlier: Access | null, later: Access, what: string): Access {
  if (earlier === null) return later;
  if (earlier === 'ALL') return later === 'ALL' ? later : failAsJava(cursor, 'All has been set');
  return later === 'ALL' ? failAsJava(cursor, `${what} have already been set`) : [...new Set([...earlier, ...later])];
}

function failAsJava(cursor: Cursor, reason: string): never {
  return cursor.fail(`Failed parsing statement: [${cursor.tokens.text}] reason: IllegalArgumentException ${reason}`);
}

/** After CREATE USER: a role that may log in. */
export function parseCreateUser(cursor: Cursor): CreateRole {
  const ifNotExists = parseIfNotExists(cursor);
  const role = parseUserName(cursor);
  const options = noOptions();
  options.login = true;
  parseUserPassword(cursor, options);
  options.superuser = parseSuperuser(cursor) ?? false;
  return { kind: 'CreateRole', role, ifNotExists, options };
}

/** After ALTER USER. */
export function parseAlterUser(cursor: Cursor): AlterRole {
  const ifExists = parseIfExists(cursor);
  const role = parseUserName(cursor);
  const options = noOptions();
  parseUserPassword(cursor, options);
  options.superuser = parseSuperuser(cursor);
  return { kind: 'AlterRole', role, ifExists, options };
}

/** After DROP USER. */
export function parseDropUser(cursor: Cursor): DropRole {
  const ifExists = parseIfExists(cursor);
  return { kind: 'DropRole', role: parseUserName(cursor), ifExists };
}

/** Rule `userPassword` after an optional WITH; unlike a role's it has no `=`. */
function parseUserPassword(cursor: Cursor, options: Options): void {
  if (!cursor.accept(Token.K_WITH)) return;
  const hashed = cursor.accept(Token.K_HASHED);
  if (!hashed && cursor.kind !== Token.K_PASSWORD) cursor.noViable();
  cursor.expect(Token.K_PASSWORD);
  options[hashed ? 'hashedPassword' : 'password'] = parseString(cursor);
}

function parseSuperuser(cursor: Cursor): boolean | null {
  if (cursor.accept(Token.K_SUPERUSER)) return true;
  return cursor.accept(Token.K_NOSUPERUSER) ? false : null;
}

/** Rules `username` and `identity`: kept in the case they are written in. */
function parseVerbatimName(cursor: Cursor, quotedMessage: string): string {
  const { kind } = cursor;
  if (kind === Token.QUOTED_NAME) cursor.fail(quotedMessage);
  if (kind !== Token.IDENT && kind !== Token.STRING_LITERAL) cursor.noViable();
  cursor.advance();
  return cursor.textAt(cursor.position - 1);
}

function parseUserName(cursor: Cursor): string {
  return parseVerbatimName(
    cursor,
    'Quoted strings are are not supported for user names and USER is deprecated, please use ROLE',
  );
}

function parseIdentity(cursor: Cursor): string {
  return parseVerbatimName(cursor, 'Quoted strings are are not supported for identity');
}

/** After ADD. */
export function parseAddIdentity(cursor: Cursor): AddIdentity {
  cursor.expect(Token.K_IDENTITY);
  const ifNotExists = parseIfNotExists(cursor);
  const identity = parseIdentity(cursor);
  cursor.expect(Token.K_TO);
  cursor.expect(Token.K_ROLE);
  return { kind: 'AddIdentity', identity, role: parseIdentity(cursor), ifNotExists };
}

/** After DROP IDENTITY. */
export function parseDropIdentity(cursor: Cursor): DropIdentity {
  const ifExists = parseIfExists(cursor);
  return { kind: 'DropIdentity', identity: parseIdentity(cursor), ifExists };
}
