import type { KeyspaceMetadata } from '../keyspace.ts';
import { type SystemTable, simpleReplication, systemKeyspace } from './declare.ts';

const TABLES: readonly SystemTable[] = [
  {
    name: 'cidr_groups',
    id: '9c48af00-13f6-3059-bb0e-8fcabba6eecb',
    comment: 'cidr groups to cidrs mapping',
    partitionKey: ['cidr_group text'],
    columns: ['cidrs frozen<set<frozen<tuple<inet, smallint>>>>'],
  },
  {
    name: 'cidr_permissions',
    id: 'b8b43d5f-d6c0-331c-8f7d-765ea658f4c4',
    comment: 'user cidr permissions',
    partitionKey: ['role text'],
    columns: ['cidr_groups frozen<set<text>>'],
  },
  {
    name: 'identity_to_role',
    id: '0bd47a48-d6ba-3c8e-b442-0f6349329bda',
    comment: 'mtls authorized identities lookup table',
    partitionKey: ['identity text'],
    columns: ['role text'],
  },
  {
    name: 'network_permissions',
    id: 'd46780c2-2f1c-3db9-b4c1-b8d9fbc0cc23',
    comment: 'user network permissions',
    partitionKey: ['role text'],
    columns: ['dcs frozen<set<text>>'],
  },
  {
    name: 'resource_role_permissons_index',
    id: '5f2fbdad-91f1-3946-bd25-d5da3a5c35ec',
    comment: 'index of db roles with permissions granted on a resource',
    partitionKey: ['resource text'],
    clustering: ['role text'],
  },
  {
    name: 'role_members',
    id: '0ecdaa87-f8fb-3e60-88d1-74fb36fe5c0d',
    comment: 'role memberships lookup table',
    partitionKey: ['role text'],
    clustering: ['member text'],
  },
  {
    name: 'role_permissions',
    id: '3afbe79f-2194-31a7-add7-f5ab90d8ec9c',
    comment: 'permissions granted to db roles',
    partitionKey: ['role text'],
    clustering: ['resource text'],
    columns: ['permissions set<text>'],
  },
  {
    name: 'roles',
    id: '5bc52802-de25-35ed-aeab-188eecebb090',
    comment: 'role definitions',
    partitionKey: ['role text'],
    columns: ['can_login boolean', 'is_superuser boolean', 'member_of set<text>', 'salted_hash text'],
  },
];

export const SYSTEM_AUTH: KeyspaceMetadata = systemKeyspace('system_auth', simpleReplication(1), TABLES, {
  gcGraceSeconds: 7_776_000,
});
