import type { KeyspaceMetadata } from './keyspace.ts';
import type { TableMetadata } from './table.ts';

/** All keyspaces at one moment; immutable. */
export class Schema {
  readonly keyspaces: ReadonlyMap<string, KeyspaceMetadata>;

  constructor(keyspaces: Iterable<KeyspaceMetadata> = []) {
    this.keyspaces = new Map([...keyspaces].map((keyspace) => [keyspace.name, keyspace]));
  }

  keyspace(name: string): KeyspaceMetadata | undefined {
    return this.keyspaces.get(name);
  }

  /** A table or view. */
  table(keyspace: string, name: string): TableMetadata | undefined {
    return this.keyspaces.get(keyspace)?.tableOrView(name);
  }

  withKeyspace(keyspace: KeyspaceMetadata): Schema {
    return new Schema(new Map(this.keyspaces).set(keyspace.name, keyspace).values());
  }

  withoutKeyspace(name: string): Schema {
    return new Schema([...this.keyspaces.values()].filter((keyspace) => keyspace.name !== name));
  }
}
