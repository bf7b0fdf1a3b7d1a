/** Fills the system tables that clients read: who this node is, and the schema. */
import { createHash } from 'node:crypto';
import {
  type KeyspaceMetadata,
  keyspaceRows,
  keyspaceToJson,
  type RowValue,
  type Schema,
  type SchemaRow,
} from '../../cql/schema/index.ts';
import { uuidText } from '../../cql/types/index.ts';
import { type InternalCql, insertRow, type Write } from './internal-cql.ts';
import { sizeEstimateWrites, type TableSize, tokenSpans } from './size-estimates.ts';

export const RELEASE_VERSION = '5.0.6';
export const CQL_VERSION = '3.4.7';
export const DATACENTER = 'datacenter1';
export const RACK = 'rack1';

/** Tables of the two schema keyspaces; each is partitioned by keyspace_name. */
const SCHEMA_TABLES: Readonly<Record<SchemaRow['keyspace'], readonly string[]>> = {
  system_schema: [
    'keyspaces',
    'tables',
    'columns',
    'types',
    'views',
    'indexes',
    'triggers',
    'functions',
    'aggregates',
    'dropped_columns',
    'column_masks',
  ],
  system_virtual_schema: ['keyspaces', 'tables', 'columns'],
};

export interface LocalNode {
  readonly clusterName: string;
  readonly hostId: string;
  readonly tokens: readonly string[];
  readonly rpcAddress: string;
  readonly rpcPort: number;
  readonly listenAddress: string;
  readonly storagePort: number;
  /** Seconds since 1970 of this start. */
  readonly generation: number;
}

/** Keyspaces are values: what was written of one once holds as long as it does. */
const documents = new WeakMap<KeyspaceMetadata, string>();

function documentOf(keyspace: KeyspaceMetadata): string {
  const known = documents.get(keyspace);
  if (known !== undefined) return known;
  const made = JSON.stringify(keyspaceToJson(keyspace));
  documents.set(keyspace, made);
  return made;
}

/** A version 3 uuid over the user's schema: equal schemas have equal versions, as schema agreement needs. */
export function schemaVersion(schema: Schema): string {
  const hash = createHash('md5');
  for (const name of [...schema.keyspaces.keys()].sort()) {
    const keyspace = schema.keyspace(name);
    if (keyspace !== undefined) hash.update(documentOf(keyspace));
  }
  const digest = hash.digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x30;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return uuidText(digest);
}

export class SystemTables {
  readonly #cql: InternalCql;
  #lastTimestamp = 0n;

  constructor(cql: InternalCql) {
    this.#cql = cql;
  }

  /** At start: the row of system.local and the rows of every keyspace. */
  async fill(node: LocalNode, schema: Schema): Promise<void> {
    const writes = [this.#localRow(node, schema)];
    for (const keyspace of schema.keyspaces.values()) writes.push(...insertsOf(schema, keyspaceRows(keyspace)));
    await this.#cql.write(writes, this.#nextTimestamp());
  }

  /** After DDL: the keyspaces named are written anew, in one batch with the deletion of what they had. */
  async update(schema: Schema, keyspaces: Iterable<string>): Promise<void> {
    const deletedAt = this.#nextTimestamp();
    const writes: Write[] = [];
    for (const name of keyspaces) {
      for (const table of SCHEMA_TABLES.system_schema) {
        writes.push({
          text: `DELETE FROM system_schema.${table} USING TIMESTAMP ? WHERE keyspace_name = ?`,
          values: [deletedAt, name],
        });
      }
      const keyspace = schema.keyspace(name);
      if (keyspace !== undefined) writes.push(...insertsOf(schema, keyspaceRows(keyspace)));
    }
    writes.push({
      text: "UPDATE system.local SET schema_version = ? WHERE key = 'local'",
      values: [schemaVersion(schema)],
    });
    await this.#cql.write(writes, this.#nextTimestamp());
  }

  /** After DDL on one table: only its rows are written anew. */
  async updateTable(schema: Schema, keyspace: string, table: string): Promise<void> {
    const deletedAt = this.#nextTimestamp();
    const writes: Write[] = ['tables', 'columns', 'indexes', 'triggers', 'dropped_columns', 'column_masks'].map(
      (name) => ({
        text: `DELETE FROM system_schema.${name} USING TIMESTAMP ? WHERE keyspace_name = ? AND table_name = ?`,
        values: [deletedAt, keyspace, table],
      }),
    );
    const rows = keyspaceRows(onlyTable(schema, keyspace, table)).filter((row) => row.values['table_name'] === table);
    writes.push(...insertsOf(schema, rows));
    writes.push({
      text: "UPDATE system.local SET schema_version = ? WHERE key = 'local'",
      values: [schemaVersion(schema)],
    });
    await this.#cql.write(writes, this.#nextTimestamp());
  }

  /** system.size_estimates of one keyspace, written anew. */
  async putSizeEstimates(
    keyspace: string,
    sizes: ReadonlyMap<string, TableSize>,
    tokens: readonly string[],
  ): Promise<void> {
    const deletedAt = this.#nextTimestamp();
    const writes = sizeEstimateWrites(keyspace, sizes, tokenSpans(tokens), deletedAt);
    await this.#cql.write(writes, this.#nextTimestamp());
  }

  async putPrepared(id: string, keyspace: string | null, text: string): Promise<void> {
    const row = { prepared_id: Buffer.from(id, 'hex'), logged_keyspace: keyspace, query_string: text };
    await this.#cql.write([insertInto('system', 'prepared_statements', row)], this.#nextTimestamp());
  }

  async removePrepared(id: string): Promise<void> {
    const text = 'DELETE FROM system.prepared_statements WHERE prepared_id = ?';
    await this.#cql.write([{ text, values: [Buffer.from(id, 'hex')] }], this.#nextTimestamp());
  }

  #localRow(node: LocalNode, schema: Schema): Write {
    return insertInto('system', 'local', {
      key: 'local',
      bootstrapped: 'COMPLETED',
      broadcast_address: node.listenAddress,
      broadcast_port: node.storagePort,
      cluster_name: node.clusterName,
      cql_version: CQL_VERSION,
      data_center: DATACENTER,
      gossip_generation: node.generation,
      host_id: node.hostId,
      listen_address: node.listenAddress,
      listen_port: node.storagePort,
      native_protocol_version: '5',
      partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
      rack: RACK,
      release_version: RELEASE_VERSION,
      rpc_address: node.rpcAddress,
      rpc_port: node.rpcPort,
      schema_version: schemaVersion(schema),
      tokens: node.tokens,
    });
  }

  /** Microseconds, ascending, so that what is written later wins. */
  #nextTimestamp(): bigint {
    const now = BigInt(Date.now()) * 1000n;
    this.#lastTimestamp = now > this.#lastTimestamp ? now : this.#lastTimestamp + 1n;
    return this.#lastTimestamp;
  }
}

function onlyTable(schema: Schema, keyspace: string, table: string): KeyspaceMetadata {
  const whole = schema.keyspace(keyspace);
  if (whole === undefined) throw new RangeError(`no keyspace ${keyspace}`);
  const found = whole.tables.get(table);
  return whole.with({ tables: new Map(found === undefined ? [] : [[table, found]]) });
}

function insertsOf(schema: Schema, rows: readonly SchemaRow[]): Write[] {
  return rows.map((row) => {
    const table = schema.table(row.keyspace, row.table);
    if (table === undefined) throw new RangeError(`no table ${row.keyspace}.${row.table}`);
    return insertRow(table, row.values);
  });
}

function insertInto(keyspace: string, table: string, row: Readonly<Record<string, RowValue>>): Write {
  return insertRow({ keyspace, name: table } as Parameters<typeof insertRow>[0], row);
}
