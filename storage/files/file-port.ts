/** The messages about files (60 to 69 of docs/formats/shard-messages.md) over a ShardPort. Main thread only. */
import type { MessageReader } from '../message-reader.ts';
import type { ShardPort } from '../shard-port.ts';

const SNAPSHOT = 60;
const SETS_IN_USE = 61;
const RESERVE_GENERATIONS = 62;
const PREPARE_IMPORT = 63;
const FINISH_IMPORT = 64;
const INCREMENTAL_BACKUPS = 65;

/** A set of files that a shard reads; others may read a shared one too. */
export interface SetInUse {
  readonly generation: bigint;
  readonly shared: boolean;
}

export class FilePort {
  readonly #port: ShardPort;

  constructor(port: ShardPort) {
    this.#port = port;
  }

  get shardCount(): number {
    return this.#port.shardCount;
  }

  /** Links the table's sets into `directory`; by shard, what each linked. */
  async snapshot(id: Uint8Array, directory: string, skipFlush: boolean): Promise<SetInUse[][]> {
    const readers = await this.#port.requestAll(SNAPSHOT, (writer) =>
      writer
        .bytes(id)
        .u8(skipFlush ? 1 : 0)
        .string(directory),
    );
    return readers.map(readSets);
  }

  /** By shard. */
  async setsInUse(id: Uint8Array): Promise<SetInUse[][]> {
    return (await this.#port.requestAll(SETS_IN_USE, (writer) => writer.bytes(id))).map(readSets);
  }

  /** Generations of one shard that nothing else will use. */
  async reserveGenerations(shard: number, id: Uint8Array, count: number): Promise<bigint[]> {
    const reader = await this.#port.request(shard, RESERVE_GENERATIONS, (writer) => writer.bytes(id).u32(count));
    const first = reader.u64();
    return Array.from({ length: count }, (_, index) => first + BigInt(index) * GENERATION_STEP);
  }

  /** Every shard opens what is its own; nothing is visible yet. */
  async prepareImport(id: Uint8Array, generations: readonly bigint[], readAll: boolean): Promise<void> {
    const shards = Array.from({ length: this.#port.shardCount }, (_, shard) =>
      this.#port.request(shard, PREPARE_IMPORT, (writer) => {
        writer
          .bytes(id)
          .u8(readAll ? 1 : 0)
          .u32(generations.length);
        for (const generation of generations) writer.u64(generation);
      }),
    );
    // Nothing is under way any more when a failure is told.
    const failed = (await Promise.allSettled(shards)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  /** Makes visible what was prepared, or forgets it. */
  async finishImport(id: Uint8Array, publish: boolean): Promise<void> {
    await this.#port.requestAll(FINISH_IMPORT, (writer) => writer.bytes(id).u8(publish ? 1 : 0));
  }

  async setIncrementalBackups(on: boolean): Promise<void> {
    await this.#port.requestAll(INCREMENTAL_BACKUPS, (writer) => writer.u8(on ? 1 : 0));
  }
}

/** A generation is `counter * 1024 + shard` (docs/formats/data-directory.md). */
const GENERATION_STEP = 1024n;

function readSets(reader: MessageReader): SetInUse[] {
  return Array.from({ length: reader.u32() }, () => ({ generation: reader.u64(), shared: reader.u8() === 1 }));
}
