/** The worker threads: started together, told of schema changes together, stopped together. */
import { Worker } from 'node:worker_threads';
import type { ClusterDescription } from '../../cql/describe/index.ts';
import { Channel, type Handlers, type MainRequests, type WorkerRequests } from './channel.ts';

/** What a worker is born with. */
export interface WorkerData {
  readonly port: number;
  readonly shards: number;
  readonly keyspaces: readonly unknown[];
  readonly cluster: ClusterDescription;
}

/** A worker's young generation: small, so that idle memory is; its old one is bounded, so that a leak is found. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 512 } as const;

interface StartedWorker {
  readonly thread: Worker;
  readonly channel: Channel<WorkerRequests, MainRequests>;
  readonly ready: Promise<void>;
  /** Set before the thread is asked to end. */
  stopping: boolean;
}

export class Workers {
  readonly #workers: readonly StartedWorker[];

  /** `onFailure` is called when a worker dies, which the node does not survive. */
  constructor(
    count: number,
    data: Omit<WorkerData, 'port'>,
    handlers: Omit<Handlers<MainRequests>, 'ready'>,
    onFailure: (error: Error) => void,
  ) {
    this.#workers = Array.from({ length: count }, (_, index) =>
      startWorker({ ...data, port: index + 1 }, handlers, onFailure),
    );
  }

  async ready(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.ready));
  }

  async updateSchema(changes: ReadonlyMap<string, unknown>): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.channel.ask('updateSchema', { changes })));
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        worker.stopping = true;
        await worker.channel.ask('stop', null);
        await worker.thread.terminate();
      }),
    );
  }
}

function startWorker(
  workerData: WorkerData,
  handlers: Omit<Handlers<MainRequests>, 'ready'>,
  onFailure: (error: Error) => void,
): StartedWorker {
  const thread = new Worker(new URL('./worker.js', import.meta.url), { workerData, resourceLimits: RESOURCE_LIMITS });
  thread.on('error', (error) =>
    onFailure(new Error(`worker ${workerData.port} failed: ${error.message}`, { cause: error })),
  );
  // A thread may also end without an error: by process.exit, or when its heap is full.
  thread.on('exit', (code) => {
    if (!worker.stopping) onFailure(new Error(`worker ${workerData.port} ended with code ${code}`));
  });
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const channel = new Channel<WorkerRequests, MainRequests>(thread, {
    ...handlers,
    ready: async () => {
      resolve();
      return null;
    },
  });
  const worker: StartedWorker = { thread, channel, ready, stopping: false };
  return worker;
}
