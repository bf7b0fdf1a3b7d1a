import type { KeyspaceMetadata } from '../keyspace.ts';
import { compaction, type SystemTable, simpleReplication, systemKeyspace } from './declare.ts';

const TABLES: readonly SystemTable[] = [
  {
    name: 'parent_repair_history',
    id: 'deabd734-b99d-3b9c-92e5-fd92eb5abf14',
    comment: 'Repair history',
    partitionKey: ['parent_id timeuuid'],
    columns: [
      'columnfamily_names set<text>',
      'exception_message text',
      'exception_stacktrace text',
      'finished_at timestamp',
      'keyspace_name text',
      'options map<text, text>',
      'requested_ranges set<text>',
      'started_at timestamp',
      'successful_ranges set<text>',
    ],
    params: {
      compaction: compaction('TimeWindowCompactionStrategy', {
        compaction_window_size: '1',
        compaction_window_unit: 'DAYS',
      }),
      defaultTimeToLive: 2_592_000,
    },
  },
  {
    name: 'partition_denylist',
    id: 'd6123acc-8649-3496-9d4e-f3fe39a6018b',
    comment: 'Partition keys which have been denied access',
    partitionKey: ['ks_name text', 'table_name text'],
    clustering: ['key blob'],
  },
  {
    name: 'repair_history',
    id: '759fffad-624b-3181-80ee-fa9a52d1f627',
    comment: 'Repair history',
    partitionKey: ['keyspace_name text', 'columnfamily_name text'],
    clustering: ['id timeuuid'],
    columns: [
      'coordinator inet',
      'coordinator_port int',
      'exception_message text',
      'exception_stacktrace text',
      'finished_at timestamp',
      'parent_id timeuuid',
      'participants set<inet>',
      'participants_v2 set<text>',
      'range_begin text',
      'range_end text',
      'started_at timestamp',
      'status text',
    ],
    params: {
      compaction: compaction('TimeWindowCompactionStrategy', {
        compaction_window_size: '1',
        compaction_window_unit: 'DAYS',
      }),
      defaultTimeToLive: 2_592_000,
    },
  },
  {
    name: 'view_build_status',
    id: '5582b59f-8e4e-35e1-b913-3acada51eb04',
    comment: 'Materialized View build status',
    partitionKey: ['keyspace_name text', 'view_name text'],
    clustering: ['host_id uuid'],
    columns: ['status text'],
  },
];

export const SYSTEM_DISTRIBUTED: KeyspaceMetadata = systemKeyspace(
  'system_distributed',
  simpleReplication(3),
  TABLES,
  {},
);
