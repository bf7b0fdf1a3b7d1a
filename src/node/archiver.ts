/**
 * Archives finished commit-log segments with the operator's command, one at a time and each shard's in order.
 * A segment is reported to its shard, which may use the file again, only when the command has ended with 0
 * and the store remembers it; so after a crash in between a segment may be archived a second time.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Logger } from 'pino';
import { runCommand } from './run-command.ts';

/** A command that failed is tried again: soon at first, then at most this far apart. */
const FIRST_RETRY_MILLISECONDS = 1_000;
const LAST_RETRY_MILLISECONDS = 60_000;
/** What shards may hand over at once; they name what is left out with their next news. */
const MAX_QUEUED = 1_024;
/** A segment's header and the beginning of its first run, whose checksum is over all records of the run. */
const MARKED_BYTES = 8_192;

export interface FinishedSegment {
  readonly shard: number;
  readonly id: bigint;
  readonly path: string;
}

export interface ArchiverParts {
  readonly command: string;
  readonly log: Logger;
  /** Whether it was in an earlier life; `mark` tells its content from that of another with its name. */
  readonly isArchived: (segment: FinishedSegment, mark: string) => boolean;
  /** Keeps it and tells the shard. */
  readonly archived: (segment: FinishedSegment, mark: string) => Promise<void>;
}

export class Archiver {
  readonly #parts: ArchiverParts;
  readonly #queue: FinishedSegment[] = [];
  readonly #known = new Set<string>();
  readonly #abort = new AbortController();
  #running: Promise<void> | null = null;
  failures = 0;

  constructor(parts: ArchiverParts) {
    this.#parts = parts;
  }

  /** A segment that is already waiting changes nothing. */
  add(segment: FinishedSegment): void {
    const key = keyOf(segment);
    if (this.#abort.signal.aborted || this.#known.has(key) || this.#queue.length >= MAX_QUEUED) return;
    this.#known.add(key);
    this.#queue.push(segment);
    this.#running ??= this.#run();
  }

  /** What is not archived stays in the log and is archived after the next start. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let segment = this.#queue.shift(); segment !== undefined; segment = this.#queue.shift()) {
      await this.#archive(segment);
      this.#known.delete(keyOf(segment));
      if (this.#abort.signal.aborted) break;
    }
    this.#running = null;
  }

  async #archive(segment: FinishedSegment): Promise<void> {
    const { command, log, isArchived, archived } = this.#parts;
    const name = archiveName(segment);
    for (let wait = FIRST_RETRY_MILLISECONDS; !this.#abort.signal.aborted; ) {
      try {
        const mark = await contentMark(segment.path);
        if (!isArchived(segment, mark)) {
          await runCommand(command, { path: segment.path, name }, this.#abort.signal);
        }
        await archived(segment, mark);
        return;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        this.failures++;
        log.error(error, `the commit log segment ${name} could not be archived; it is tried again`);
        await pause(wait, this.#abort.signal);
        wait = Math.min(2 * wait, LAST_RETRY_MILLISECONDS);
      }
    }
  }
}

/** Unlike the segment's own name, one name for all shards of a node. */
export function archiveName(segment: { readonly shard: number; readonly id: bigint }): string {
  return `shard-${segment.shard}-segment-${segment.id}.log`;
}

async function contentMark(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MARKED_BYTES), 0, MARKED_BYTES, 0);
    return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('base64');
  } finally {
    await file.close();
  }
}

function keyOf({ shard, id }: FinishedSegment): string {
  return `${shard}/${id}`;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}
