/**
 * Uploads: folders of the node that SSTables are sent to before they are imported. Bounded in number, by the
 * free space of the disk, and in the time that nobody sends anything. Main thread only.
 */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperationError } from '../admin/operations.ts';

/** One loader uses one; more at a time would only share the disk. */
const MAX_UPLOADS = 16;
/** An upload that nothing is sent to for this long is given up. */
const IDLE_MILLISECONDS = 3_600_000;
/** Left free whatever is sent: the commit log and flushes go on. */
const RESERVED_BYTES = 256 << 20;
const FILE_NAME = /^[a-z]{2}-[0-9A-Za-z_]+-(?:big|bti)-[\w.+-]+$/;

export interface Upload {
  readonly keyspace: string;
  readonly table: string;
  readonly directory: string;
}

interface OpenUpload extends Upload {
  timer: NodeJS.Timeout;
}

export class Uploads {
  readonly #root: string;
  readonly #open = new Map<string, OpenUpload>();

  /** `root` belongs to this object alone. */
  constructor(root: string) {
    this.#root = root;
  }

  /** What an earlier life left goes. */
  async start(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    for (const id of [...this.#open.keys()]) await this.close(id);
  }

  /** The id; throws OperationError when too many are open. */
  async open(keyspace: string, table: string): Promise<string> {
    if (this.#open.size >= MAX_UPLOADS) throw new OperationError(`${MAX_UPLOADS} uploads are open already`);
    const id = randomUUID();
    const directory = join(this.#root, id);
    this.#open.set(id, { keyspace, table, directory, timer: this.#timer(id) });
    await mkdir(directory, { recursive: true });
    return id;
  }

  find(id: string): Upload {
    const found = this.#open.get(id);
    if (found === undefined) throw new OperationError(`no upload ${id}`);
    return found;
  }

  /** Throws OperationError for a wrong name, a full disk, or content of another size. */
  async write(id: string, name: string, sizeBytes: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    const { directory } = this.find(id);
    if (!FILE_NAME.test(name)) throw new OperationError(`${name} is no component of an SSTable`);
    const disk = await statfs(directory);
    if (disk.bavail * disk.bsize < sizeBytes + RESERVED_BYTES) {
      throw new OperationError(`no space for the ${sizeBytes} bytes of ${name}`);
    }
    let written = 0;
    const counted = new Transform({
      transform: (piece: Uint8Array, _encoding, done) => {
        written += piece.length;
        this.#touch(id);
        done(written > sizeBytes ? new OperationError(`${name} is longer than ${sizeBytes} bytes`) : null, piece);
      },
    });
    const file = createWriteStream(join(directory, name), { flags: 'wx', flush: true });
    await pipeline(Readable.from(content), counted, file);
    if (written !== sizeBytes) throw new OperationError(`${name} has ${written} bytes, not ${sizeBytes}`);
  }

  async close(id: string): Promise<void> {
    const { directory, timer } = this.find(id) as OpenUpload;
    clearTimeout(timer);
    this.#open.delete(id);
    await rm(directory, { recursive: true, force: true });
  }

  #touch(id: string): void {
    const found = this.#open.get(id);
    found?.timer.refresh();
  }

  #timer(id: string): NodeJS.Timeout {
    const timer = setTimeout(() => {
      // What is left on disk goes with the next start.
      this.close(id).catch(() => {});
    }, IDLE_MILLISECONDS);
    return timer.unref();
  }
}
