import type { KeyspaceMetadata } from '../keyspace.ts';
import { type SystemTable, systemKeyspace } from './declare.ts';

const TABLES: readonly SystemTable[] = [
  {
    name: 'columns',
    id: 'd30576e9-02a9-3735-8daf-ab45e4980183',
    comment: 'virtual column definitions',
    partitionKey: ['keyspace_name text'],
    clustering: ['table_name text', 'column_name text'],
    columns: ['clustering_order text', 'column_name_bytes blob', 'kind text', 'position int', 'type text'],
  },
  {
    name: 'keyspaces',
    id: '8943287a-b42b-3f26-a2b2-31a1a8cb2a9a',
    comment: 'virtual keyspace definitions',
    partitionKey: ['keyspace_name text'],
  },
  {
    name: 'tables',
    id: 'de8b2957-3de1-3570-8793-6dcbce2e5d6e',
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
