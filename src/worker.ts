/** A worker thread: the slow lane of its shards, nicer than the reactors so that they come first. */
import { parentPort, workerData } from 'node:worker_threads';
import { keyspaceFromJson, Schema } from '../cql/schema/index.ts';
import { loadNative } from '../storage/native.ts';
import { ShardPort } from '../storage/shard-port.ts';
import { Channel, type MainRequests, type WorkerRequests } from './node/channel.ts';
import { InternalCql } from './node/internal-cql.ts';
import type { WorkerData } from './node/workers.ts';
import { Planning } from './slow-lane/planning.ts';
import { SlowLane } from './slow-lane/slow-lane.ts';
import { TraceWriter } from './slow-lane/tracing.ts';

/** A tenth of a reactor's share of a contended core: see docs/architecture.md. */
const WORKER_NICE = 10;

type KeyspaceJson = Parameters<typeof keyspaceFromJson>[0];

if (parentPort === null) throw new Error('worker.js runs as a worker thread of main.js');
const data = workerData as WorkerData;
const native = loadNative();

const main = new Channel<MainRequests, WorkerRequests>(parentPort, {
  updateSchema: async ({ changes }) => {
    let schema = planning.schema;
    for (const [name, document] of changes) {
      schema =
        document === null
          ? schema.withoutKeyspace(name)
          : schema.withKeyspace(keyspaceFromJson(document as KeyspaceJson));
    }
    planning.schema = schema;
    return null;
  },
  stop: async () => {
    port.detach();
    return null;
  },
});
const planning = new Planning(
  new Schema(data.keyspaces.map((document) => keyspaceFromJson(document as KeyspaceJson))),
  (id) => main.ask('findPrepared', { id }),
);
const slowLane: SlowLane = new SlowLane(
  () => port,
  planning,
  main,
  data.cluster,
  () => traces,
);
const port: ShardPort = new ShardPort(native, data.port, data.shards, (request) => void slowLane.serve(request));
const traces = new TraceWriter(new InternalCql(port));

native.setThreadNice(WORKER_NICE);
await main.ask('ready', null);
