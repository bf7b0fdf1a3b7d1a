import type { KeyspaceMetadata } from '../keyspace.ts';
import { type SystemTable, systemKeyspace } from './declare.ts';

const TABLES: readonly SystemTable[] = [
  {
    name: 'columns',
    id: 'ce189750-fba1-3fe7-8389-3f3e95359177',
    comment: 'virtual column definitions',
    partitionKey: ['keyspace_name text'],
    clustering: ['table_name text', 'column_name text'],
    columns: ['clustering_order text', 'column_name_bytes blob', 'kind text', 'position int', 'type text'],
  },
  {
    name: 'keyspaces',
    id: '1f8fad07-46e2-3ca3-8e60-f4a0358bd293',
    comment: 'virtual keyspace definitions',
    partitionKey: ['keyspace_name text'],
  },
  {
    name: 'tables',
    id: '629fc5c3-a90b-3417-a1f1-ffeaa9877bd6',
    comment: 'virtual table definitions',
    partitionKey: ['keyspace_name text'],
    clustering: ['table_name text'],
    columns: ['comment text'],
  },
];

export const SYSTEM_VIRTUAL_SCHEMA: KeyspaceMetadata = systemKeyspace(
  'system_virtual_schema',
  new Map(),
  TABLES,
  {},
  true,
);
