/** Statements about roles, users, identities and permissions. */

import type { FunctionName, QualifiedName } from './names.ts';
import type { CqlType } from './type.ts';

export type Permission =
  | 'CREATE'
  | 'ALTER'
  | 'DROP'
  | 'SELECT'
  | 'MODIFY'
  | 'AUTHORIZE'
  | 'DESCRIBE'
  | 'EXECUTE'
  | 'UNMASK'
  | 'SELECT_MASKED';

export type Resource =
  | { readonly kind: 'AllKeyspaces' }
  | { readonly kind: 'Keyspace'; readonly keyspace: string }
  | { readonly kind: 'AllTables'; readonly keyspace: string }
  | { readonly kind: 'Table'; readonly table: QualifiedName }
  | { readonly kind: 'AllRoles' }
  | { readonly kind: 'Role'; readonly role: string }
  /** `keyspace` is null for the functions of all keyspaces. */
  | { readonly kind: 'AllFunctions'; readonly keyspace: string | null }
  | { readonly kind: 'Function'; readonly function: FunctionName; readonly argTypes: readonly CqlType[] }
  | { readonly kind: 'AllMBeans' }
  /** One bean or a pattern, as written. */
  | { readonly kind: 'MBean'; readonly objectName: string };

export interface GrantPermissions {
  readonly kind: 'GrantPermissions';
  /** Those of the requested that the resource can have, in the order of the type above. */
  readonly permissions: readonly Permission[];
  readonly resource: Resource;
  readonly grantee: string;
}

export interface RevokePermissions {
  readonly kind: 'RevokePermissions';
  readonly permissions: readonly Permission[];
  readonly resource: Resource;
  readonly revokee: string;
}

export interface ListPermissions {
  readonly kind: 'ListPermissions';
  readonly permissions: readonly Permission[];
  readonly resource: Resource | null;
  readonly grantee: string | null;
  readonly recursive: boolean;
}

export interface GrantRole {
  readonly kind: 'GrantRole';
  readonly role: string;
  readonly grantee: string;
}

export interface RevokeRole {
  readonly kind: 'RevokeRole';
  readonly role: string;
  readonly revokee: string;
}

/** Null where the statement does not say. */
export interface RoleOptions {
  readonly password: string | null;
  readonly hashedPassword: string | null;
  readonly generatedPassword: boolean;
  readonly superuser: boolean | null;
  readonly login: boolean | null;
  readonly options: ReadonlyMap<string, string> | null;
  /** `ACCESS TO ALL DATACENTERS` or the names of some. */
  readonly datacenters: 'ALL' | readonly string[] | null;
  /** `ACCESS FROM ALL CIDRS` or the names of some groups. */
  readonly cidrs: 'ALL' | readonly string[] | null;
}

/** CREATE ROLE, and CREATE USER, which is a role that may log in. Superuser and login are filled in. */
export interface CreateRole {
  readonly kind: 'CreateRole';
  readonly role: string;
  readonly ifNotExists: boolean;
  readonly options: RoleOptions;
}

/** ALTER ROLE and ALTER USER. */
export interface AlterRole {
  readonly kind: 'AlterRole';
  readonly role: string;
  readonly ifExists: boolean;
  readonly options: RoleOptions;
}

/** DROP ROLE and DROP USER. */
export interface DropRole {
  readonly kind: 'DropRole';
  readonly role: string;
  readonly ifExists: boolean;
}

export interface ListRoles {
  readonly kind: 'ListRoles';
  readonly grantee: string | null;
  readonly recursive: boolean;
}

export interface ListUsers {
  readonly kind: 'ListUsers';
}

export interface ListSuperUsers {
  readonly kind: 'ListSuperUsers';
}

export interface AddIdentity {
  readonly kind: 'AddIdentity';
  readonly identity: string;
  readonly role: string;
  readonly ifNotExists: boolean;
}

export interface DropIdentity {
  readonly kind: 'DropIdentity';
  readonly identity: string;
  readonly ifExists: boolean;
}

export type RoleStatement =
  | GrantPermissions
  | RevokePermissions
  | ListPermissions
  | GrantRole
  | RevokeRole
  | CreateRole
  | AlterRole
  | DropRole
  | ListRoles
  | ListUsers
  | ListSuperUsers
  | AddIdentity
  | DropIdentity;
