/** A running node: everything of the main thread put together, started in order and stopped in reverse. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { encodeTableDescriptor, keyspaceToJson, type Schema } from '../../cql/schema/index.ts';
import { ByteWriter, parseUuid } from '../../cql/types/index.ts';
import { MaintenancePort } from '../../storage/maintenance-port.ts';
import { loadNative, type NativeAddon } from '../../storage/native.ts';
import { NodeStore } from '../../storage/node-store.ts';
import { ShardPort } from '../../storage/shard-port.ts';
import type { FileOperations } from '../admin/file-operations.ts';
import { AdminServer } from '../admin/server.ts';
import { Archiver } from './archiver.ts';
import { CompactionNews } from './compaction-news.ts';
import { CompactionOverrides } from './compaction-overrides.ts';
import { CompactionSettings } from './compaction-settings.ts';
import { DiskGuard } from './disk-guard.ts';
import { DroppedTables } from './dropped-tables.ts';
import { FileServices } from './file-services.ts';
import { InternalCql } from './internal-cql.ts';
import { mainHandlers } from './main-handlers.ts';
import { MaintenanceAdmin } from './maintenance-admin.ts';
import { NodeAdmin } from './node-admin.ts';
import type { NodeOptions } from './node-options.ts';
import { forgetRestored, restoreArchive } from './restore.ts';
import { loadSchema, SchemaService, tableIdBytes } from './schema-service.ts';
import { SIZE_ESTIMATES_MILLISECONDS } from './size-estimates.ts';
import { startShards } from './start-shards.ts';
import { CQL_VERSION, SystemTables } from './system-tables.ts';
import { serveVirtualTables } from './virtual-sources.ts';
import { VirtualTables } from './virtual-tables.ts';
import { Workers } from './workers.ts';

/** Requests that are still open at a stop get this long, so that a stop ends within two seconds. */
const STOP_MILLISECONDS = 1_500;

/** The node's address and port for other nodes, of which there are none yet. */
const LISTEN_ADDRESS = '127.0.0.1';
const STORAGE_PORT = 7000;

/** As addon/lsm/store.h has it: StoreConfig::concurrent_compactions. */
const COMPACTORS_OF_SHARD = 2;

export class CetoNode {
  readonly #options: NodeOptions;
  readonly #log: Logger;
  readonly #native: NativeAddon;
  readonly #store: NodeStore;
  #port: ShardPort | null = null;
  #workers: Workers | null = null;
  #admin: AdminServer | null = null;
  #nodeAdmin: NodeAdmin | null = null;
  #files: FileServices | null = null;
  #fileOperations: FileOperations | null = null;
  #maintenance: MaintenanceAdmin | null = null;
  #news: CompactionNews | null = null;
  #systemTables: SystemTables | null = null;
  #estimates: NodeJS.Timeout | null = null;
  #archiver: Archiver | null = null;
  #diskGuard: DiskGuard | null = null;

  constructor(options: NodeOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
    this.#native = loadNative();
    this.#store = new NodeStore(options.directories.root);
  }

  /** Serves clients once it resolves. `onFailure` is called when the node cannot go on. */
  async start(onFailure: (error: Error) => void): Promise<{ port: number; shardAwarePort: number }> {
    const { settings, shards, workers: workerCount } = this.#options;
    const identity = await this.#store.identity(settings.cluster_name, () => makeTokens(settings.num_tokens));
    const schema = loadSchema(this.#store);
    const hostId = parseUuid(identity.hostId);
    if (hostId === null) throw new Error(`the stored host id ${identity.hostId} is no uuid`);
    const { archiving, directories } = this.#options;
    const droppedTables = new DroppedTables(this.#store, directories.data, this.#log);
    await droppedTables.finish(schema);
    const restoring = await restoreArchive(archiving, directories.commitlog, this.#store.restored(), this.#log);
    startShards(this.#native, this.#options, hostId, { restoring, lastArchived: this.#store.lastArchived() });

    const port = new ShardPort(this.#native, 0, shards, (request) => {
      throw new Error(`main got the slow request ${request.request}, which is for a worker`);
    });
    this.#port = port;
    const files = new FileServices(port, this.#options, this.#log);
    this.#files = files;
    const cql = new InternalCql(port);
    const systemTables = new SystemTables(cql);
    this.#systemTables = systemTables;
    const updateWorkers = (changes: ReadonlyMap<string, unknown>) => this.#workersNow().updateSchema(changes);
    const schemas = new SchemaService(schema, {
      ...{ store: this.#store, port, systemTables, updateWorkers, droppedTables },
      beforeDrop: (tables) => files.autoSnapshot('dropped', tables),
    });
    const virtualTables = new VirtualTables(cql, port);
    const handlers = mainHandlers({
      ...{ schemas, store: this.#store, port, systemTables, virtualTables },
      beforeTruncate: (table) => files.autoSnapshot('truncated', [table]),
    });
    const keyspaces = [...schema.keyspaces.values()].map(keyspaceToJson);
    const cluster = {
      name: identity.clusterName,
      partitioner: 'Murmur3Partitioner',
      snitch: 'DynamicEndpointSnitch',
      tokens: identity.tokens,
      endpoint: `/${LISTEN_ADDRESS}:${STORAGE_PORT}`,
    };
    this.#workers = new Workers(workerCount, { shards, keyspaces, cluster }, handlers, onFailure);

    await port.open(descriptorsOf(schema));
    await this.#retireSegments(port, restoring);
    await port.setSupported(supportedBody());
    const generation = Math.floor(Date.now() / 1000);
    await systemTables.fill(
      {
        clusterName: identity.clusterName,
        hostId: identity.hostId,
        tokens: identity.tokens,
        rpcAddress: broadcastAddress(settings.broadcast_rpc_address ?? settings.rpc_address),
        rpcPort: settings.native_transport_port,
        listenAddress: LISTEN_ADDRESS,
        storagePort: STORAGE_PORT,
        generation,
      },
      schema,
    );
    const bound = await port.listen(
      numericAddress(settings.rpc_address),
      settings.native_transport_port,
      settings.ceto_shard_aware_port === 0 ? null : settings.ceto_shard_aware_port,
    );
    this.#fileOperations = files.operations(schemas, identity);
    this.#nodeAdmin = new NodeAdmin({ identity, options: this.#options, schemas, port, generation });
    this.#startMaintenance(port, cql, schemas, this.#nodeAdmin);
    serveVirtualTables(virtualTables, { port, options: this.#options, schemas, admin: this.#nodeAdmin });
    this.#watchDisks(port, this.#nodeAdmin, onFailure);
    return bound;
  }

  /** After clients are served: nothing that they wait for. Returns the port as bound. */
  async startAdmin(): Promise<number> {
    if (this.#nodeAdmin === null || this.#fileOperations === null || this.#maintenance === null) {
      throw new Error('the node is not started');
    }
    await this.#files?.start();
    await this.#workersNow().ready();
    await this.#recordSizeEstimates();
    this.#estimates = setInterval(() => void this.#recordSizeEstimates(), SIZE_ESTIMATES_MILLISECONDS);
    const { settings } = this.#options;
    this.#admin = new AdminServer(this.#nodeAdmin, this.#fileOperations, this.#maintenance);
    return this.#admin.listen(settings.ceto_admin_address, settings.ceto_admin_port);
  }

  /** Log segments of another shard count, or restored ones, go once all shards have what they hold. */
  async #retireSegments(port: ShardPort, restoring: boolean): Promise<void> {
    const { archiving, directories } = this.#options;
    const foreign = (await port.stats()).some((numbers) => (numbers.get('foreign_segments') ?? 0n) > 0n);
    if (foreign) await port.retireSegments();
    if (restoring) {
      await this.#store.putRestored(archiving.text);
      forgetRestored(directories.commitlog);
    }
  }

  #watchDisks(port: ShardPort, admin: NodeAdmin, die: (error: Error) => void): void {
    const { settings, archiving } = this.#options;
    if (archiving.archiveCommand !== null) {
      this.#archiver = new Archiver({
        command: archiving.archiveCommand,
        log: this.#log,
        isArchived: (segment, mark) => this.#store.isArchived(segment, mark),
        archived: async (segment, mark) => {
          await this.#store.putArchived(segment, mark);
          await port.segmentArchived(segment.shard, segment.id);
        },
      });
    }
    this.#diskGuard = new DiskGuard({
      port,
      policies: settings,
      archiver: this.#archiver,
      log: this.#log,
      stopTransports: () => admin.stopTransports(),
      die,
    });
    this.#diskGuard.start();
  }

  async stop(): Promise<void> {
    this.#diskGuard?.stop();
    if (this.#estimates !== null) clearInterval(this.#estimates);
    await this.#admin?.stop();
    const filesStopped = this.#files?.stop();
    await this.#news?.stop();
    await this.#archiver?.stop();
    if (this.#port !== null) {
      const drained = await Promise.race([
        this.#port.stop().then(() => true),
        new Promise<false>((resolve) => setTimeout(resolve, STOP_MILLISECONDS, false).unref()),
      ]);
      if (!drained) {
        // What is acknowledged is in the log; a shard that hangs must not keep the process.
        this.#log.warn('the shards did not stop in time');
        return;
      }
      await filesStopped;
      await this.#workers?.stop();
      this.#port.detach();
      this.#native.joinNode();
    }
    await this.#store.close();
  }

  #startMaintenance(port: ShardPort, cql: InternalCql, schemas: SchemaService, admin: NodeAdmin): void {
    const { shards, settings } = this.#options;
    const files = new MaintenancePort(port);
    this.#news = new CompactionNews({ port: files, cql, log: this.#log, numbers: () => admin.numbers() });
    this.#news.start();
    this.#maintenance = new MaintenanceAdmin({
      schemas,
      port: files,
      news: this.#news,
      overrides: new CompactionOverrides(port, () => schemas.schema),
      settings: new CompactionSettings(files, shards, {
        throughputBytes: settings.compaction_throughput,
        concurrent: COMPACTORS_OF_SHARD * shards,
      }),
      pendingOf: async (table) => (await admin.numbersOf(table))['pending_compactions'] ?? 0,
      compact: (table) => port.compact(tableIdBytes(table)),
      snapshotBeforeScrub: async (table) => this.#files?.snapshotBeforeScrub(table),
    });
  }

  /** What fails is logged: estimates are no reason to stop. */
  async #recordSizeEstimates(): Promise<void> {
    if (this.#nodeAdmin === null || this.#systemTables === null) return;
    try {
      await this.#nodeAdmin.recordSizeEstimates(this.#systemTables);
    } catch (error) {
      this.#log.warn(error, 'size estimates were not recorded');
    }
  }

  #workersNow(): Workers {
    if (this.#workers === null) throw new Error('the workers are not started');
    return this.#workers;
  }
}

function descriptorsOf(schema: Schema): Uint8Array[] {
  return [...schema.keyspaces.values()].flatMap((keyspace) =>
    [...keyspace.tables.values()].map((table) => encodeTableDescriptor(table, keyspace)),
  );
}

/** Random tokens, as Cassandra gives a first node. */
function makeTokens(count: number): readonly string[] {
  const tokens = new Set<string>();
  while (tokens.size < count) tokens.add(randomBytes(8).readBigInt64BE().toString());
  return [...tokens];
}

/** `localhost` is the one name that needs no resolver. */
function numericAddress(address: string): string {
  return address === 'localhost' ? '127.0.0.1' : address;
}

/** What clients are told to connect to: a wildcard is no address. */
function broadcastAddress(address: string): string {
  return address === '0.0.0.0' || address === '::' ? '127.0.0.1' : numericAddress(address);
}

/** The body of SUPPORTED: a string multimap (section 4.2.4). */
function supportedBody(): Uint8Array {
  const options: readonly (readonly [string, readonly string[]])[] = [
    ['PROTOCOL_VERSIONS', ['3/v3', '4/v4', '5/v5']],
    ['COMPRESSION', ['snappy', 'lz4']],
    ['CQL_VERSION', [CQL_VERSION]],
  ];
  const out = new ByteWriter().u16(options.length);
  for (const [name, values] of options) {
    out.string(name).u16(values.length);
    for (const value of values) out.string(value);
  }
  return out.finish();
}
