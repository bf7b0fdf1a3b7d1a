/** What main keeps running for the node's files: snapshots with their expiry, imports, uploads. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { FilePort } from '../../storage/files/file-port.ts';
import { Importer } from '../../storage/files/importer.ts';
import { Snapshots, type SnapshotTable } from '../../storage/files/snapshots.ts';
import type { NodeIdentity } from '../../storage/node-store.ts';
import type { ShardPort } from '../../storage/shard-port.ts';
import type { FileOperations } from '../admin/file-operations.ts';
import { ImportAdmin } from './import-admin.ts';
import type { NodeOptions } from './node-options.ts';
import type { SchemaService } from './schema-service.ts';
import { autoSnapshots, SnapshotAdmin } from './snapshot-admin.ts';
import { Uploads } from './uploads.ts';

export class FileServices {
  /** Before a table's data goes. */
  readonly autoSnapshot: (what: 'truncated' | 'dropped', tables: readonly SnapshotTable[]) => Promise<void>;
  readonly #files: FilePort;
  readonly #options: NodeOptions;
  readonly #log: Logger;
  readonly #snapshots: Snapshots;
  readonly #uploads: Uploads;

  constructor(port: ShardPort, options: NodeOptions, log: Logger) {
    this.#files = new FilePort(port);
    this.#options = options;
    this.#log = log;
    this.#snapshots = new Snapshots(this.#files, options.directories.data, (error) =>
      log.warn(error, 'expired snapshots were not removed'),
    );
    this.#uploads = new Uploads(join(options.directories.root, 'uploads'));
    this.autoSnapshot = autoSnapshots(this.#snapshots, options.settings);
  }

  operations(schemas: SchemaService, identity: NodeIdentity): FileOperations {
    const { directories, settings } = this.#options;
    return {
      snapshots: new SnapshotAdmin({
        ...{ schemas, settings, identity, snapshots: this.#snapshots, port: this.#files },
        rootDirectory: directories.root,
      }),
      imports: new ImportAdmin({
        ...{ schemas, uploads: this.#uploads, log: this.#log },
        importer: new Importer(this.#files, directories.data),
      }),
    };
  }

  /** What a scrub leaves out is still in it. */
  async snapshotBeforeScrub(table: SnapshotTable): Promise<void> {
    await this.#snapshots.take(`pre-scrub-${Date.now()}`, [table], { onlyWithData: true });
  }

  /** What an earlier life left goes. */
  async start(): Promise<void> {
    await this.#snapshots.start();
    await this.#uploads.start();
  }

  /** Resolves once nothing is under way; a snapshot ends as soon as the shards close. */
  async stop(): Promise<void> {
    await this.#uploads.stop();
    await this.#snapshots.stop();
  }
}
