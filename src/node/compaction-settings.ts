/** How fast and how many at once compactions run: of the node; each shard gets its part. Main thread only. */
import type { MaintenancePort } from '../../storage/maintenance-port.ts';

export class CompactionSettings {
  readonly #port: MaintenancePort;
  readonly #shards: number;
  #throughputBytes: number;
  #concurrent: number;

  constructor(port: MaintenancePort, shards: number, initial: { throughputBytes: number; concurrent: number }) {
    this.#port = port;
    this.#shards = shards;
    this.#throughputBytes = initial.throughputBytes;
    this.#concurrent = initial.concurrent;
  }

  /** Bytes a second; 0: not limited. */
  get throughputBytes(): number {
    return this.#throughputBytes;
  }

  get concurrent(): number {
    return this.#concurrent;
  }

  async setThroughput(bytesPerSecond: number): Promise<void> {
    await this.#port.setThroughput(throughputOfShard(bytesPerSecond, this.#shards));
    this.#throughputBytes = bytesPerSecond;
  }

  /** At least one a shard. */
  async setConcurrent(count: number): Promise<void> {
    await this.#port.setConcurrent(Math.max(1, Math.ceil(count / this.#shards)));
    this.#concurrent = count;
  }
}

/** A shard's part of the node's limit; 0 stays "not limited". */
export function throughputOfShard(bytesPerSecond: number, shards: number): number {
  return bytesPerSecond === 0 ? 0 : Math.max(1, Math.floor(bytesPerSecond / shards));
}
