import type { KeyspaceMetadata } from '../keyspace.ts';
import { type SystemTable, systemKeyspace } from './declare.ts';

/** Figures of the running node, made anew for each SELECT (src/node/virtual-tables.ts). */
const TABLES: readonly SystemTable[] = [
  {
    name: 'caches',
    id: 'c456053d-ded6-3f10-b770-daba90c4dd83',
    comment: 'system caches',
    partitionKey: ['name text'],
    columns: [
      'capacity_bytes bigint',
      'entry_count int',
      'hit_count bigint',
      'hit_ratio double',
      'recent_hit_rate_per_second bigint',
      'recent_request_rate_per_second bigint',
      'request_count bigint',
      'size_bytes bigint',
    ],
  },
  {
    name: 'clients',
    id: '89dc73d4-1447-3765-948b-500c7c35a35d',
    comment: 'currently connected clients',
    partitionKey: ['address inet'],
    clustering: ['port int'],
    columns: [
      'client_options frozen<map<text, text>>',
      'connection_stage text',
      'driver_name text',
      'driver_version text',
      'hostname text',
      'keyspace_name text',
      'protocol_version int',
      'request_count bigint',
      'ssl_cipher_suite text',
      'ssl_enabled boolean',
      'ssl_protocol text',
      'username text',
    ],
  },
  {
    name: 'disk_usage',
    id: '8622af8c-9c2f-3604-bc8f-6df90fff8531',
    comment: '',
    partitionKey: ['keyspace_name text', 'table_name text'],
    columns: ['mebibytes bigint'],
  },
  {
    name: 'max_partition_size',
    id: 'de38f0c6-9a95-37fe-8376-24a396e1554a',
    comment: '',
    partitionKey: ['keyspace_name text', 'table_name text'],
    columns: ['mebibytes bigint'],
  },
  {
    name: 'max_sstable_size',
    id: 'b3a4a469-c91b-3120-99fd-9123f0dd3f55',
    comment: '',
    partitionKey: ['keyspace_name text', 'table_name text'],
    columns: ['mebibytes bigint'],
  },
  {
    name: 'settings',
    id: '5adfcadb-4407-3c1f-b97e-322735089073',
    comment: 'current settings',
    partitionKey: ['name text'],
    columns: ['value text'],
  },
  {
    name: 'sstable_tasks',
    id: 'af0d66c3-9b39-3d91-acd7-31a4e117f571',
    comment: 'current sstable tasks',
    partitionKey: ['keyspace_name text'],
    clustering: ['table_name text', 'task_id timeuuid'],
    columns: [
      'completion_ratio double',
      'kind text',
      'progress bigint',
      'sstables int',
      'target_directory text',
      'total bigint',
      'unit text',
    ],
  },
];

export const SYSTEM_VIEWS: KeyspaceMetadata = systemKeyspace('system_views', new Map(), TABLES, {}, true);
