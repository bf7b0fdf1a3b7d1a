/**
 * NodeStore: what is small and must be transactional, in LMDB: who this node is, the keyspaces, and the
 * prepared statements. Main thread only. A write is on disk when its promise resolves.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { DroppedTable } from './files/dropped-tables.ts';

/** Prepared statements that are kept; the oldest go. The same bound as a shard's plans. */
const MAX_PREPARED = 20_000;
/** Archived segments that are remembered: more than a log holds. One that is forgotten is archived once more. */
const MAX_ARCHIVED = 16_384;
/** Of the keys that hold the last archived id of each shard. */
const ARCHIVED = 'archived-';
/** Address space for the file, not memory: LMDB maps it and grows on demand. */
const MAP_BYTES = 1 << 30;

export interface NodeIdentity {
  readonly hostId: string;
  readonly clusterName: string;
  /** Tokens of this node, as system.local shows them. */
  readonly tokens: readonly string[];
}

export interface SegmentName {
  readonly shard: number;
  readonly id: bigint;
}

export interface PreparedText {
  readonly keyspace: string | null;
  readonly text: string;
}

interface StoredPrepared extends PreparedText {
  readonly order: number;
}

/** JSON as `cql/schema` reads and writes it. */
export type KeyspaceDocument = unknown;

export class NodeStore {
  readonly #root: RootDatabase;
  readonly #identity: Database<NodeIdentity, string>;
  readonly #keyspaces: Database<KeyspaceDocument, string>;
  readonly #prepared: Database<StoredPrepared, string>;
  /** By id. */
  readonly #dropped: Database<DroppedTable, string>;
  /** What tells the segment's content from another's, by shard and id. */
  readonly #archived: Database<string, [shard: number, id: number]>;
  #nextOrder: number;

  constructor(dataDirectory: string) {
    const path = join(dataDirectory, 'node');
    mkdirSync(path, { recursive: true });
    this.#root = open({ path, mapSize: MAP_BYTES, maxDbs: 8 });
    this.#identity = this.#root.openDB({ name: 'identity' });
    this.#keyspaces = this.#root.openDB({ name: 'keyspaces', encoding: 'json' });
    this.#prepared = this.#root.openDB({ name: 'prepared' });
    this.#dropped = this.#root.openDB({ name: 'dropped' });
    this.#archived = this.#root.openDB({ name: 'archived' });
    this.#nextOrder = 1 + Math.max(0, ...[...this.#prepared.getRange()].map(({ value }) => value.order));
  }

  /** Made at the first start and kept since. */
  async identity(clusterName: string, makeTokens: () => readonly string[]): Promise<NodeIdentity> {
    const known = this.#identity.get('self');
    if (known !== undefined) return known;
    const made = { hostId: randomUUID(), clusterName, tokens: makeTokens() };
    await this.#identity.put('self', made);
    return made;
  }

  /** The largest id of a commit-log segment that was archived, of any shard; 0: none yet. */
  lastArchived(): bigint {
    let last = 0n;
    for (const { value } of this.#root.getRange({ start: ARCHIVED, end: `${ARCHIVED}~` })) {
      if (BigInt(value) > last) last = BigInt(value);
    }
    return last;
  }

  isArchived({ shard, id }: SegmentName, mark: string): boolean {
    return this.#archived.get([shard, Number(id)]) === mark;
  }

  /** `mark` tells the segment's content from another's. */
  async putArchived({ shard, id }: SegmentName, mark: string): Promise<void> {
    const key = ARCHIVED + shard;
    await this.#root.transaction(() => {
      const last: string | undefined = this.#root.get(key);
      if (last === undefined || BigInt(last) < id) this.#root.put(key, id.toString());
      this.#archived.put([shard, Number(id)], mark);
      if (this.#archived.getCount() <= MAX_ARCHIVED) return;
      const [oldest] = this.#archived.getKeys({ start: [shard, 0], limit: 1 });
      if (oldest !== undefined) this.#archived.remove(oldest);
    });
  }

  /** The settings of the last restore from the archive that was completed. */
  restored(): string | null {
    return this.#root.get('restored') ?? null;
  }

  async putRestored(settings: string): Promise<void> {
    await this.#root.put('restored', settings);
  }

  keyspaces(): KeyspaceDocument[] {
    return [...this.#keyspaces.getRange()].map(({ value }) => value);
  }

  /**
   * One transaction; a document of null removes the keyspace. `dropped` are remembered until forgetDropped(): what is
   * on disk of them must go.
   */
  async putKeyspaces(
    changes: ReadonlyMap<string, KeyspaceDocument | null>,
    dropped: readonly DroppedTable[] = [],
  ): Promise<void> {
    await this.#root.transaction(() => {
      for (const { keyspace, name, id } of dropped) this.#dropped.put(id, { keyspace, name, id });
      for (const [name, document] of changes) {
        if (document === null) this.#keyspaces.remove(name);
        else this.#keyspaces.put(name, document);
      }
    });
  }

  dropped(): DroppedTable[] {
    return [...this.#dropped.getRange()].map(({ value }) => value);
  }

  droppedCount(): number {
    return this.#dropped.getCount();
  }

  /** The table of that id as it was dropped last, while it is remembered. */
  droppedTable(id: string): DroppedTable | undefined {
    return this.#dropped.get(id);
  }

  async forgetDropped(): Promise<void> {
    await this.#dropped.clearAsync();
  }

  /** `id` in hex. */
  prepared(id: string): PreparedText | undefined {
    return this.#prepared.get(id);
  }

  allPrepared(): ReadonlyMap<string, PreparedText> {
    return new Map([...this.#prepared.getRange()].map(({ key, value }) => [key, value]));
  }

  /** The id that was dropped to make room, if any. */
  async putPrepared(id: string, prepared: PreparedText): Promise<string | null> {
    if (this.#prepared.doesExist(id)) return null;
    await this.#prepared.put(id, { ...prepared, order: this.#nextOrder++ });
    if (this.#prepared.getCount() <= MAX_PREPARED) return null;
    let oldest: { key: string; order: number } | null = null;
    for (const { key, value } of this.#prepared.getRange()) {
      if (oldest === null || value.order < oldest.order) oldest = { key, order: value.order };
    }
    if (oldest === null) return null;
    await this.#prepared.remove(oldest.key);
    return oldest.key;
  }

  async removePrepared(id: string): Promise<void> {
    await this.#prepared.remove(id);
  }

  async close(): Promise<void> {
    await this.#root.close();
  }
}
