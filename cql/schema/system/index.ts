import type { KeyspaceMetadata } from '../keyspace.ts';
import { Schema } from '../schema.ts';
import { SYSTEM } from './system.ts';
import { SYSTEM_AUTH } from './system-auth.ts';
import { SYSTEM_DISTRIBUTED } from './system-distributed.ts';
import { SYSTEM_SCHEMA } from './system-schema.ts';
import { SYSTEM_TRACES } from './system-traces.ts';
import { SYSTEM_VIEWS } from './system-views.ts';
import { SYSTEM_VIRTUAL_SCHEMA } from './system-virtual-schema.ts';

/** Keyspaces of the node itself: not replicated, never altered. */
export const LOCAL_KEYSPACES: readonly KeyspaceMetadata[] = [
  SYSTEM,
  SYSTEM_SCHEMA,
  SYSTEM_VIEWS,
  SYSTEM_VIRTUAL_SCHEMA,
];

/** Keyspaces that a new cluster starts with and whose replication an operator may alter. */
export const DISTRIBUTED_KEYSPACES: readonly KeyspaceMetadata[] = [SYSTEM_AUTH, SYSTEM_DISTRIBUTED, SYSTEM_TRACES];

/** The schema of a node that holds no user's keyspace yet. */
export const SYSTEM_SCHEMAS: Schema = new Schema([...LOCAL_KEYSPACES, ...DISTRIBUTED_KEYSPACES]);
