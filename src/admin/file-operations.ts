/** What an operator may ask of a node about its files; main implements it, the admin endpoint and nodetool use it. */

export interface SnapshotRequest {
  readonly tag: string;
  /** All of them without any; with `table` exactly one. */
  readonly keyspaces?: readonly string[];
  readonly table?: string;
  /** `keyspace.table`, instead of keyspaces. */
  readonly tables?: readonly string[];
  readonly skipFlush?: boolean;
  /** Cassandra's duration, for instance `3h`. */
  readonly ttl?: string;
}

export interface SnapshotRow {
  readonly tag: string;
  readonly keyspace: string;
  readonly table: string;
  readonly trueBytes: number;
  readonly sizeBytes: number;
  readonly createdAt: string;
  /** Null: never. */
  readonly expiresAt: string | null;
  readonly ephemeral: boolean;
  /** The directory, on the node's machine. */
  readonly path: string;
  /** Of the table, 32 hex digits. */
  readonly tableId: string;
}

export interface SnapshotList {
  readonly snapshots: readonly SnapshotRow[];
  /** Of SSTables that only snapshots keep. */
  readonly trueBytes: number;
}

export interface ClearRequest {
  /** All tags without one. */
  readonly tag?: string;
  readonly keyspaces?: readonly string[];
  /** Only those taken before this time, ISO 8601. */
  readonly before?: string;
}

export interface ImportRequest {
  readonly keyspace: string;
  readonly table: string;
  readonly directories: readonly string[];
  readonly keepLevel?: boolean;
  readonly keepRepaired?: boolean;
  /** True when not given. */
  readonly verify?: boolean;
  readonly extendedVerify?: boolean;
  readonly copyData?: boolean;
}

/** Directories that were left out, each with the reason. */
export interface ImportAnswer {
  readonly failed: readonly { readonly directory: string; readonly reason: string }[];
}

export interface LoadSnapshotRequest {
  /** Directories with schema.cql and SSTables. */
  readonly directories: readonly string[];
  /** CREATE KEYSPACE for keyspaces that are missing; SimpleStrategy with one replica when not given. */
  readonly keyspaceStatements?: readonly string[];
  /** Whether the level and repair time of the sets stay. */
  readonly keepHistory?: boolean;
}

export interface LoadedSnapshot {
  readonly directory: string;
  readonly keyspace: string;
  readonly table: string;
  /** Whether the table was made from schema.cql. */
  readonly created: boolean;
}

export interface ImportOperations {
  /** Throws OperationError when the table is not there. */
  import(request: ImportRequest): Promise<ImportAnswer>;
  refresh(keyspace: string, table: string): Promise<void>;
  /** Makes keyspace, types and table where they are missing, then imports. */
  loadSnapshot(request: LoadSnapshotRequest): Promise<LoadedSnapshot[]>;
  /** A folder of the node for files to import; gives its id. */
  openUpload(keyspace: string, table: string): Promise<string>;
  upload(id: string, name: string, sizeBytes: number, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Imports what was uploaded; the folder goes, with what is in it, if that fails too. */
  finishUpload(id: string): Promise<ImportAnswer>;
  dropUpload(id: string): Promise<void>;
}

/** What a backup needs to know of the node that it is of. */
export interface NodeFiles {
  readonly cluster: string;
  readonly hostId: string;
  /** Below it lies everything that the node keeps. */
  readonly rootDirectory: string;
  /** CREATE KEYSPACE by name, of the user's keyspaces. */
  readonly keyspaces: Readonly<Record<string, string>>;
}

export interface SnapshotOperations {
  nodeFiles(): NodeFiles;
  /** Throws OperationError, as all of these. */
  snapshot(request: SnapshotRequest): Promise<void>;
  snapshots(): Promise<SnapshotList>;
  clearSnapshots(request: ClearRequest): Promise<void>;
  incrementalBackups(): boolean;
  setIncrementalBackups(on: boolean): Promise<void>;
}

/** Everything about files. */
export interface FileOperations {
  readonly snapshots: SnapshotOperations;
  readonly imports: ImportOperations;
}
