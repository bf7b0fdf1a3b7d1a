/** The operator's hand on this node's files: snapshots and incremental backups. Main thread only. */
import { createKeyspaceText } from '../../cql/describe/index.ts';
import { isSystemKeyspace, type KeyspaceMetadata, type TableMetadata } from '../../cql/schema/index.ts';
import type { FilePort } from '../../storage/files/file-port.ts';
import { instantText } from '../../storage/files/manifest.ts';
import { SnapshotError, type Snapshots, type SnapshotTable } from '../../storage/files/snapshots.ts';
import type { NodeIdentity } from '../../storage/node-store.ts';
import type {
  ClearRequest,
  NodeFiles,
  SnapshotList,
  SnapshotOperations,
  SnapshotRequest,
} from '../admin/file-operations.ts';
import { OperationError, OperationFailure } from '../admin/operations.ts';
import type { Settings } from '../config/settings.ts';
import { invalidDuration, parseDurationMicros } from '../config/units.ts';
import type { SchemaService } from './schema-service.ts';

/** Cassandra's least time to live of a snapshot. */
const MIN_TTL_SECONDS = 60;

export interface SnapshotAdminParts {
  readonly schemas: SchemaService;
  readonly snapshots: Snapshots;
  readonly port: FilePort;
  readonly settings: Settings;
  readonly identity: NodeIdentity;
  readonly rootDirectory: string;
}

export class SnapshotAdmin implements SnapshotOperations {
  readonly #parts: SnapshotAdminParts;
  #incrementalBackups: boolean;

  constructor(parts: SnapshotAdminParts) {
    this.#parts = parts;
    this.#incrementalBackups = parts.settings.incremental_backups;
  }

  nodeFiles(): NodeFiles {
    const { schemas, identity, rootDirectory } = this.#parts;
    const users = [...schemas.schema.keyspaces.values()].filter(
      ({ name, virtual }) => !virtual && !isSystemKeyspace(name),
    );
    return {
      ...{ cluster: identity.clusterName, hostId: identity.hostId, rootDirectory },
      keyspaces: Object.fromEntries(users.map((keyspace) => [keyspace.name, createKeyspaceText(keyspace)])),
    };
  }

  async snapshot(request: SnapshotRequest): Promise<void> {
    const ttlMilliseconds = readTtl(request.ttl);
    const tables = this.#chosen(request);
    try {
      await this.#parts.snapshots.take(request.tag, tables, { skipFlush: request.skipFlush ?? false, ttlMilliseconds });
    } catch (error) {
      if (error instanceof SnapshotError) throw new OperationFailure(error.message);
      throw error;
    }
  }

  async snapshots(): Promise<SnapshotList> {
    const found = await this.#parts.snapshots.list();
    return {
      snapshots: found.map(({ trueSSTableBytes: _, createdAt, expiresAt, ...rest }) => ({
        ...rest,
        createdAt: instantText(createdAt),
        expiresAt: expiresAt === null ? null : instantText(expiresAt),
      })),
      trueBytes: found.reduce((sum, snapshot) => sum + snapshot.trueSSTableBytes, 0),
    };
  }

  async clearSnapshots({ tag, keyspaces = [], before }: ClearRequest): Promise<void> {
    const limit = before === undefined ? Number.POSITIVE_INFINITY : Date.parse(before);
    await this.#parts.snapshots.clear(
      keyspaces,
      (snapshot) => (tag === undefined || snapshot.tag === tag) && snapshot.createdAt.getTime() < limit,
    );
  }

  incrementalBackups(): boolean {
    return this.#incrementalBackups;
  }

  async setIncrementalBackups(on: boolean): Promise<void> {
    this.#incrementalBackups = on;
    await this.#parts.port.setIncrementalBackups(on);
  }

  #chosen({ keyspaces = [], table, tables }: SnapshotRequest): SnapshotTable[] {
    if (tables !== undefined && tables.length > 0) {
      return tables.map((name) => {
        const dot = name.indexOf('.');
        const keyspace = this.#keyspace(dot < 0 ? name : name.slice(0, dot));
        return { keyspace, table: tableOf(keyspace, name.slice(dot + 1)) };
      });
    }
    const chosen = keyspaces.map((name) => this.#keyspace(name));
    if (table !== undefined) {
      const [keyspace] = chosen;
      if (keyspace === undefined || chosen.length > 1) {
        throw new OperationFailure(
          'When specifying the table for a snapshot, you must specify one and only one keyspace',
        );
      }
      return [{ keyspace, table: tableOf(keyspace, table) }];
    }
    const all = [...this.#parts.schemas.schema.keyspaces.values()].filter(({ virtual }) => !virtual);
    return (chosen.length === 0 ? all : chosen).flatMap((keyspace) =>
      [...keyspace.tables.values()].filter(isOnDisk).map((found) => ({ keyspace, table: found })),
    );
  }

  #keyspace(name: string): KeyspaceMetadata {
    const found = this.#parts.schemas.schema.keyspace(name);
    if (found === undefined) throw new OperationError(`Keyspace ${name} does not exist`);
    return found;
  }
}

function tableOf(keyspace: KeyspaceMetadata, name: string): TableMetadata {
  const found = keyspace.tables.get(name);
  if (found === undefined) throw new OperationError(`Unknown keyspace/cf pair (${keyspace.name}.${name})`);
  return found;
}

function isOnDisk(table: TableMetadata): boolean {
  return !table.memoryOnly && !table.isVirtual;
}

function readTtl(text: string | undefined): number | null {
  if (text === undefined) return null;
  const micros = parseDurationMicros(text);
  if (micros === null) throw new OperationError(invalidDuration(text));
  if (micros < MIN_TTL_SECONDS * 1_000_000) {
    throw new OperationError(`ttl for snapshot must be at least ${MIN_TTL_SECONDS} seconds`);
  }
  return micros / 1000;
}

/**
 * Before a table's data goes: a snapshot `<what>-<milliseconds>-<table>`, unless the settings or the table
 * say otherwise. Tables without data leave none.
 */
export function autoSnapshots(
  snapshots: Snapshots,
  settings: Settings,
): (what: 'truncated' | 'dropped', tables: readonly SnapshotTable[]) => Promise<void> {
  return async (what, tables) => {
    if (!settings.auto_snapshot) return;
    const ttlMilliseconds = settings.auto_snapshot_ttl === undefined ? null : settings.auto_snapshot_ttl / 1000;
    for (const each of tables) {
      const { table } = each;
      if (!isOnDisk(table) || !table.params.allowAutoSnapshot) continue;
      const tag = `${what}-${Date.now()}-${table.name}`;
      await snapshots.take(tag, [each], { ttlMilliseconds, onlyWithData: true });
    }
  };
}
