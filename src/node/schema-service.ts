/**
 * SchemaService: the one place where the schema changes. A change is applied to the value, written to
 * LMDB, given to the shards and the workers, shown in system_schema, and told to the clients that
 * registered, in this order and one at a time. Main thread only.
 */
import { randomUUID } from 'node:crypto';
import type { SchemaStatement } from '../../cql/ast/index.ts';
import { encodeSchemaChangeEvent } from '../../cql/protocol/index.ts';
import {
  applySchemaStatement,
  type DdlContext,
  encodeTableDescriptor,
  type KeyspaceMetadata,
  keyspaceFromJson,
  keyspaceToJson,
  type Schema,
  type SchemaChange,
  SYSTEM_SCHEMAS,
  type TableMetadata,
} from '../../cql/schema/index.ts';
import { parseUuid } from '../../cql/types/index.ts';
import type { NodeStore } from '../../storage/node-store.ts';
import type { ShardPort } from '../../storage/shard-port.ts';
import type { DroppedTables } from './dropped-tables.ts';
import { DATACENTER, type SystemTables } from './system-tables.ts';

/** Gives every worker the new documents; resolves when all have them. */
export type UpdateWorkers = (changes: ReadonlyMap<string, unknown>) => Promise<void>;

export interface SchemaServiceParts {
  readonly store: NodeStore;
  readonly port: ShardPort;
  readonly systemTables: SystemTables;
  readonly updateWorkers: UpdateWorkers;
  readonly droppedTables: DroppedTables;
  /** Before tables go for good; when it fails they stay. */
  readonly beforeDrop: (tables: readonly { keyspace: KeyspaceMetadata; table: TableMetadata }[]) => Promise<void>;
}

/** The schema as stored: the system's keyspaces, and over them what LMDB holds. */
export function loadSchema(store: NodeStore): Schema {
  let schema = SYSTEM_SCHEMAS;
  for (const document of store.keyspaces()) {
    schema = schema.withKeyspace(keyspaceFromJson(document as Parameters<typeof keyspaceFromJson>[0]));
  }
  return schema;
}

export class SchemaService {
  #schema: Schema;
  readonly #parts: SchemaServiceParts;
  /** The change before; the next one waits for it. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(schema: Schema, parts: SchemaServiceParts) {
    this.#schema = schema;
    this.#parts = parts;
  }

  get schema(): Schema {
    return this.#schema;
  }

  /** Throws CqlError for a statement that is refused; then nothing has changed. */
  change(
    statement: SchemaStatement,
    keyspace: string | null,
  ): Promise<{ change: SchemaChange | null; warnings: readonly string[] }> {
    return this.#inTurn(async () => {
      const result = applySchemaStatement(this.#schema, statement, ddlContext(keyspace));
      if (result.change !== null) {
        if (statement.kind === 'CreateTable' && statement.properties.has('id')) {
          await this.#makeRoom(result.schema, result.change);
        }
        await this.#carryOut(result.schema, result.change);
      }
      return { change: result.change, warnings: result.warnings };
    });
  }

  /** Runs `work` between schema changes. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(work);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => {});
    return turn;
  }

  /** A table whose id is given may have been there before: nothing of that comes into the new one, also after a crash. */
  async #makeRoom(next: Schema, change: SchemaChange): Promise<void> {
    const { port, droppedTables } = this.#parts;
    const keyspace = next.keyspace(change.keyspace);
    const table = keyspace?.tables.get(change.name);
    if (keyspace === undefined || table === undefined) throw new RangeError(`no table ${change.name} was made`);
    await droppedTables.clear(table);
    await port.putTables([encodeTableDescriptor(table, keyspace)]);
    try {
      await port.truncate(tableIdBytes(table));
    } catch (error) {
      await port.dropTable(tableIdBytes(table));
      throw error;
    }
  }

  async #carryOut(next: Schema, change: SchemaChange): Promise<void> {
    const before = this.#schema;
    const { store, port, systemTables, updateWorkers, droppedTables, beforeDrop } = this.#parts;
    const keyspace = next.keyspace(change.keyspace);
    const changes = new Map([[change.keyspace, keyspace === undefined ? null : keyspaceToJson(keyspace)]]);
    const { put, dropped } = differences(before, next, change.keyspace);
    const was = before.keyspace(change.keyspace);
    if (was !== undefined) await beforeDrop(dropped.map((table) => ({ keyspace: was, table })));
    await store.putKeyspaces(changes, dropped);
    this.#schema = next;
    // New versions reach the shards before any worker plans for them; tables go after none does.
    if (put.length > 0) await port.putTables(put);
    await updateWorkers(changes);
    for (const table of dropped) await port.dropTable(tableIdBytes(table));
    if (dropped.length > 0) await droppedTables.limit(next);
    if (change.target === 'TABLE') await systemTables.updateTable(next, change.keyspace, change.name);
    else await systemTables.update(next, [change.keyspace]);
    port.event('schema', encodeSchemaChangeEvent(change));
  }
}

export function tableIdBytes(table: TableMetadata): Uint8Array {
  const bytes = parseUuid(table.id);
  if (bytes === null) throw new RangeError(`${table.id} is no uuid`);
  return bytes;
}

function differences(before: Schema, after: Schema, name: string): { put: Uint8Array[]; dropped: TableMetadata[] } {
  const was = before.keyspace(name);
  const is = after.keyspace(name);
  const old = was?.tables ?? new Map<string, TableMetadata>();
  const now = is?.tables ?? new Map<string, TableMetadata>();
  // A descriptor tells the keyspace's factor too.
  const all = was?.replicationFactor !== is?.replicationFactor;
  const changed = [...now.values()].filter((table) => all || old.get(table.name) !== table);
  return {
    put: is === undefined ? [] : changed.map((table) => encodeTableDescriptor(table, is)),
    dropped: [...old.values()].filter((table) => now.get(table.name)?.id !== table.id),
  };
}

function ddlContext(keyspace: string | null): DdlContext {
  return {
    keyspace,
    datacenters: new Map([[DATACENTER, 1]]),
    defaultReplicationFactor: 1,
    memtables: new Set(['default']),
    newTableId: () => timeBasedUuid(),
    nowMicros: () => BigInt(Date.now()) * 1000n,
  };
}

/** Milliseconds from 1582-10-15 to 1970-01-01, the epoch of version 1 uuids. */
const GREGORIAN_OFFSET_MILLIS = 12_219_292_800_000n;

/** A version 1 uuid as Cassandra gives new tables: the time, and random bits for clock sequence and node. */
function timeBasedUuid(): string {
  const ticks = (BigInt(Date.now()) + GREGORIAN_OFFSET_MILLIS) * 10_000n;
  const hex = ticks.toString(16).padStart(15, '0');
  const random = randomUUID();
  return `${hex.slice(7)}-${hex.slice(3, 7)}-1${hex.slice(0, 3)}-${random.slice(19)}`;
}
