import { invalidRequest, unauthorized } from '../../errors/index.ts';

export const LOCAL_SYSTEM_KEYSPACES: ReadonlySet<string> = new Set([
  'system',
  'system_schema',
  'system_views',
  'system_virtual_schema',
]);

export const REPLICATED_SYSTEM_KEYSPACES: ReadonlySet<string> = new Set([
  'system_auth',
  'system_distributed',
  'system_traces',
]);

export function isSystemKeyspace(name: string): boolean {
  return LOCAL_SYSTEM_KEYSPACES.has(name) || REPLICATED_SYSTEM_KEYSPACES.has(name);
}

type Permission = 'CREATE' | 'ALTER' | 'DROP';

/**
 * No user may change what the system keyspaces hold; of the replicated ones the replication may be altered
 * (ClientState.preventSystemKSSchemaModification).
 */
export function guardSystemKeyspace(keyspace: string, permission: Permission, table: string | null): void {
  if (LOCAL_SYSTEM_KEYSPACES.has(keyspace)) throw unauthorized(`${keyspace} keyspace is not user-modifiable.`);
  if (!REPLICATED_SYSTEM_KEYSPACES.has(keyspace)) return;
  if (permission === 'ALTER' && table === null) return;
  const resource = table === null ? `<keyspace ${keyspace}>` : `<table ${keyspace}.${table}>`;
  throw unauthorized(`Cannot ${permission} ${resource}`);
}

/** A keyspace of a system's name cannot be created either (AlterSchemaStatement.validate). */
export function guardSystemKeyspaceName(keyspace: string): void {
  if (isSystemKeyspace(keyspace)) throw invalidRequest(`System keyspace '${keyspace}' is not user-modifiable`);
}
