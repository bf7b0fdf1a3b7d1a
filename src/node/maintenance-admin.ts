/** The operator's work on the files of tables. Main thread only. */
import type { KeyspaceMetadata, TableMetadata } from '../../cql/schema/index.ts';
import { parseUuid, uuidText } from '../../cql/types/index.ts';
import { generationOf } from '../../storage/files/sstable-name.ts';
import type { Histogram, MaintenancePort, ScrubFindings, VerifyFindings } from '../../storage/maintenance-port.ts';
import type {
  AutocompactionRequest,
  AutocompactionStatus,
  CompactionHistoryEntry,
  CompactionStatistics,
  CompactionThresholds,
  CompactRequest,
  MaintenanceOperations,
  RewriteRequest,
  ScrubRequest,
  TableChoice,
  TableHistograms,
  VerifyRequest,
} from '../admin/maintenance-operations.ts';
import { OperationError, OperationFailure } from '../admin/operations.ts';
import { chosenTables, oneTable } from './chosen-tables.ts';
import type { CompactionNews } from './compaction-news.ts';
import type { CompactionOverrides } from './compaction-overrides.ts';
import type { CompactionSettings } from './compaction-settings.ts';
import { partitionKeyFromText } from './partition-key-text.ts';
import { type SchemaService, tableIdBytes } from './schema-service.ts';

export interface MaintenanceParts {
  readonly schemas: SchemaService;
  readonly port: MaintenancePort;
  readonly news: CompactionNews;
  readonly overrides: CompactionOverrides;
  readonly settings: CompactionSettings;
  readonly snapshotBeforeScrub: (table: { keyspace: KeyspaceMetadata; table: TableMetadata }) => Promise<void>;
  /** What the strategies of a table's shards would do next. */
  readonly pendingOf: (table: TableMetadata) => Promise<number>;
  /** A major compaction of the table on all shards. */
  readonly compact: (table: TableMetadata) => Promise<void>;
}

const MIN_TOKEN = -(2n ** 63n);
const MAX_TOKEN = 2n ** 63n - 1n;
/** `<table>-<32 hex>/nb-<identifier>-big-Data.db` at the end of a path. */
const DATA_FILE = /-([0-9a-f]{32})\/[a-z]{2}-([0-9A-Za-z_]+)-big-Data\.db$/;

export class MaintenanceAdmin implements MaintenanceOperations {
  readonly #parts: MaintenanceParts;

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
  }

  async verify(request: VerifyRequest): Promise<VerifyFindings[]> {
    const flags = {
      extended: request.extended ?? false,
      quick: request.quick ?? false,
      checkTokens: request.checkTokens ?? false,
      checkVersion: request.checkVersion ?? false,
    };
    const all: VerifyFindings[] = [];
    for (const table of this.#chosen(request)) all.push(...(await this.#parts.port.verify(tableIdBytes(table), flags)));
    const lines = all.flatMap(({ problems }) => problems);
    if (lines.length > 0) {
      await this.#parts.news.fetch();
      const count = all.reduce((sum, findings) => sum + findings.count, 0);
      const more = count > lines.length ? [`and ${count - lines.length} more`] : [];
      throw new OperationFailure([...lines, ...more].join('\n'));
    }
    return all;
  }

  /** One table after the other here and below: each takes all the disk that it is allowed. */
  async scrub(request: ScrubRequest): Promise<ScrubFindings[]> {
    const options = { skipCorrupted: request.skipCorrupted ?? false, validate: !(request.noValidate ?? false) };
    const all: ScrubFindings[] = [];
    for (const table of this.#chosen(request)) {
      const keyspace = this.#parts.schemas.schema.keyspace(table.keyspace);
      if (keyspace !== undefined && request.noSnapshot !== true) {
        await this.#parts.snapshotBeforeScrub({ keyspace, table });
      }
      all.push(...(await this.#parts.port.scrub(tableIdBytes(table), options)));
    }
    await this.#parts.news.fetch();
    return all;
  }

  async rewrite(request: RewriteRequest): Promise<void> {
    for (const table of this.#chosen(request)) await this.#parts.port.rewrite(tableIdBytes(table), request.what);
  }

  async compact(request: CompactRequest): Promise<void> {
    if (request.files !== undefined) return this.#compactFiles(request.files);
    const { startToken, endToken } = request;
    const { port } = this.#parts;
    for (const table of this.#chosen(request)) {
      if (startToken !== undefined || endToken !== undefined) {
        // The start is exclusive, as in every range of tokens.
        const start = startToken === undefined ? MIN_TOKEN : token(startToken) + 1n;
        const end = endToken === undefined ? MAX_TOKEN : token(endToken);
        await port.compactRange(tableIdBytes(table), start, end);
      } else if (request.splitOutput === true) {
        await port.rewrite(tableIdBytes(table), 'split');
      } else {
        await this.#parts.compact(table);
      }
    }
  }

  /** Files that are no table's are passed over, as Cassandra does. */
  async #compactFiles(files: readonly string[]): Promise<void> {
    const byTable = new Map<string, bigint[]>();
    for (const file of files) {
      const [, hex = '', identifier = ''] = DATA_FILE.exec(file) ?? [];
      const generation = generationOf(identifier);
      if (generation !== null) byTable.set(hex, [...(byTable.get(hex) ?? []), generation]);
    }
    for (const [hex, generations] of byTable) {
      const id = Buffer.from(hex, 'hex');
      const known = this.#chosen({}).some((table) => Buffer.compare(tableIdBytes(table), id) === 0);
      if (known) await this.#parts.port.compactFiles(id, generations);
    }
  }

  async setAutocompaction(request: AutocompactionRequest): Promise<void> {
    for (const table of this.#chosen(request)) await this.#parts.overrides.setEnabled(table, request.enabled);
  }

  autocompaction(choice: TableChoice): AutocompactionStatus[] {
    return this.#chosen(choice).map((table) => ({
      keyspace: table.keyspace,
      table: table.name,
      running: this.#parts.overrides.enabled(table),
    }));
  }

  thresholds(keyspace: string, table: string): CompactionThresholds {
    return this.#parts.overrides.thresholds(this.#table(keyspace, table));
  }

  async setThresholds(keyspace: string, table: string, thresholds: CompactionThresholds): Promise<void> {
    if (thresholds.min < 2) throw new OperationError('Min threshold must be at least 2');
    if (thresholds.min > thresholds.max) throw new OperationError('Min threshold cannot be greater than max.');
    await this.#parts.overrides.setThresholds(this.#table(keyspace, table), thresholds);
  }

  async compactionStatistics(): Promise<CompactionStatistics> {
    const { news, port, settings } = this.#parts;
    const running = await port.compactions();
    const pending = await Promise.all(
      this.#chosen({}).map(async (table) => {
        const active = running.filter((task) => task.keyspace === table.keyspace && task.table === table.name).length;
        return {
          keyspace: table.keyspace,
          table: table.name,
          tasks: active + (await this.#parts.pendingOf(table)),
        };
      }),
    );
    return {
      concurrentCompactors: settings.concurrent,
      pending: pending.filter(({ tasks }) => tasks > 0),
      ...(await news.totals()),
      throughputBytes: settings.throughputBytes,
      tasks: running.map((task) => ({
        ...task,
        id: uuidText(task.id),
        done: String(task.done),
        total: String(task.total),
      })),
    };
  }

  async compactionHistory(): Promise<readonly CompactionHistoryEntry[]> {
    await this.#parts.news.fetch();
    return this.#parts.news.history();
  }

  async stop({ kind, id }: { readonly kind?: string; readonly id?: string }): Promise<void> {
    if (id === undefined || id === '') return this.#parts.port.stopKind(kind ?? '');
    const bytes = parseUuid(id);
    if (bytes === null) throw new OperationError(`Invalid UUID string: ${id}`);
    await this.#parts.port.stopId(bytes);
  }

  setThroughput(bytesPerSecond: number): Promise<void> {
    return this.#parts.settings.setThroughput(bytesPerSecond);
  }

  setConcurrentCompactors(count: number): Promise<void> {
    if (count < 1) throw new OperationError('concurrent_compactors should be great than 0.');
    return this.#parts.settings.setConcurrent(count);
  }

  async sstablesOfKey(keyspace: string, table: string, key: string): Promise<readonly string[]> {
    const found = this.#table(keyspace, table);
    const files = await this.#parts.port.sstables(tableIdBytes(found), partitionKeyFromText(found, key));
    return files.map(({ path }) => path);
  }

  async histograms(keyspace: string, table: string): Promise<TableHistograms> {
    const all = await this.#parts.port.statistics(tableIdBytes(this.#table(keyspace, table)));
    return {
      partitionSizes: added(all.map(({ partitionSizes }) => partitionSizes)),
      cellCounts: added(all.map(({ cellCounts }) => cellCounts)),
    };
  }

  #chosen({ keyspace, tables }: TableChoice): TableMetadata[] {
    return chosenTables(this.#parts.schemas.schema, keyspace ?? null, tables ?? []);
  }

  #table(keyspace: string, table: string): TableMetadata {
    return oneTable(this.#parts.schemas.schema, keyspace, table);
  }
}

function token(text: string): bigint {
  if (!/^-?\d+$/.test(text) || BigInt(text) < MIN_TOKEN || BigInt(text) > MAX_TOKEN) {
    throw new OperationFailure(
      `Invalid token for Murmur3Partitioner. Got ${text} but expected a long value (unsigned 8 bytes integer).`,
    );
  }
  return BigInt(text);
}

/** Buckets of the same bounds added up; empty ones are left out. */
function added(histograms: readonly Histogram[]): [string, string][] {
  const counts = new Map<bigint, bigint>();
  for (const { bound, count } of histograms.flat()) {
    if (count > 0n) counts.set(bound, (counts.get(bound) ?? 0n) + count);
  }
  const sorted = [...counts].sort(([left], [right]) => (left < right ? -1 : 1));
  return sorted.map(([bound, count]) => [String(bound), String(count)]);
}
