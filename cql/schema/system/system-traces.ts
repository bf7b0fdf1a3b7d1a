import type { KeyspaceMetadata } from '../keyspace.ts';
import { type SystemTable, simpleReplication, systemKeyspace } from './declare.ts';

const TABLES: readonly SystemTable[] = [
  {
    name: 'events',
    id: '8826e8e9-e16a-3728-8753-3bc1fc713c25',
    comment: 'tracing events',
    partitionKey: ['session_id uuid'],
    clustering: ['event_id timeuuid'],
    columns: ['activity text', 'source inet', 'source_elapsed int', 'source_port int', 'thread text'],
  },
  {
    name: 'sessions',
    id: 'c5e99f16-8677-3914-b17e-960613512345',
    comment: 'tracing sessions',
    partitionKey: ['session_id uuid'],
    columns: [
      'client inet',
      'command text',
      'coordinator inet',
      'coordinator_port int',
      'duration int',
      'parameters map<text, text>',
      'request text',
      'started_at timestamp',
    ],
  },
];

export const SYSTEM_TRACES: KeyspaceMetadata = systemKeyspace('system_traces', simpleReplication(2), TABLES, {
  gcGraceSeconds: 0,
});
