/** nodetool's reports about compactions, in Cassandra's layout (org.apache.cassandra.tools.nodetool). */
import type {
  CompactionHistoryEntry,
  CompactionStatistics,
  CompactionTask,
  TableHistograms,
} from '../admin/maintenance-operations.ts';
import { formatSize } from './format.ts';

const MEBIBYTE = 2 ** 20;

/** Cassandra's TableBuilder: every cell as wide as its column's widest, one space between. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) => widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' ')).join('\n');
}

export interface CompactionStatsOptions {
  readonly humanReadable?: boolean;
  readonly vtable?: boolean;
}

export function compactionStatsReport(statistics: CompactionStatistics, options: CompactionStatsOptions = {}): string {
  const size = (bytes: number) => (options.humanReadable === true ? formatSize(bytes) : String(bytes));
  const { throughputBytes, tasks, pending } = statistics;
  const rows: string[][] = [
    ['concurrent compactors', String(statistics.concurrentCompactors)],
    ['pending tasks', String(pending.reduce((sum, { tasks: count }) => sum + count, 0))],
    ...pending.map(({ keyspace, table, tasks: count }) => [keyspace, table, String(count)]),
    ['compactions completed', String(statistics.completed)],
    ['data compacted', size(statistics.bytesCompacted)],
    ['compactions aborted', String(statistics.aborted)],
    ['compactions reduced', String(statistics.reduced)],
    ['sstables dropped from compaction', String(statistics.sstablesDropped)],
    ['15 minute rate', `${statistics.perMinute15.toFixed(2)}/minute`],
    ['mean rate', `${statistics.meanPerHour.toFixed(2)}/hour`],
    [
      'compaction throughput (MiB/s)',
      throughputBytes === 0 ? 'throttling disabled (0)' : (throughputBytes / MEBIBYTE).toFixed(1),
    ],
  ];
  if (tasks.length > 0) {
    rows.push(...(options.vtable === true ? virtualTableRows(tasks) : taskRows(tasks, size)));
    rows.push(['active compaction remaining time', remainingTime(statistics)]);
  }
  return tableText(rows);
}

function ratio(task: CompactionTask): number {
  return task.total === '0' ? 0 : Number(task.done) / Number(task.total);
}

function taskRows(tasks: readonly CompactionTask[], size: (bytes: number) => string): string[][] {
  const quantity = (task: CompactionTask, value: string) => (task.unit === 'bytes' ? size(Number(value)) : value);
  return [
    ['id', 'compaction type', 'keyspace', 'table', 'completed', 'total', 'unit', 'progress'],
    ...tasks.map((task) => [
      task.id,
      task.kind,
      task.keyspace,
      task.table,
      quantity(task, task.done),
      quantity(task, task.total),
      task.unit,
      task.total === '0' ? 'n/a' : `${(100 * ratio(task)).toFixed(2)}%`,
    ]),
  ];
}

function virtualTableRows(tasks: readonly CompactionTask[]): string[][] {
  return [
    [
      ...['keyspace', 'table', 'task id', 'completion ratio', 'kind', 'progress', 'sstables', 'total', 'unit'],
      'target directory',
    ],
    ...tasks.map((task) => [
      task.keyspace,
      task.table,
      task.id,
      `${(100 * ratio(task)).toFixed(2)}%`,
      task.kind,
      task.done,
      String(task.sstables),
      task.total,
      task.unit,
      task.directory,
    ]),
  ];
}

/** At the rate that is allowed: what is left of those that rewrite. */
function remainingTime({ tasks, throughputBytes }: CompactionStatistics): string {
  if (throughputBytes === 0) return 'n/a';
  const left = tasks
    .filter(({ operation }) => operation.includes('COMPACTION'))
    .reduce((sum, task) => sum + Number(task.total) - Number(task.done), 0);
  const seconds = Math.floor(left / throughputBytes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}h${two(Math.floor((seconds % 3600) / 60))}m${two(seconds % 60)}s`;
}

/** As Java prints a map: `{1:10, 2:150}`. */
function mapText(entries: readonly (readonly [unknown, unknown])[]): string {
  return `{${entries.map(([key, value]) => `${key}:${value}`).join(', ')}}`;
}

/** Local time with milliseconds, without zone. */
function localTime(millis: number): string {
  const zone = new Date(millis).getTimezoneOffset() * 60_000;
  return new Date(millis - zone).toISOString().slice(0, -1);
}

export function compactionHistoryReport(entries: readonly CompactionHistoryEntry[], format: string): string {
  if (entries.length === 0) return 'There is no compaction history';
  if (format === 'json') return historyJson(entries);
  if (format === 'yaml') return historyYaml(entries);
  return `Compaction History: \n${tableText([
    [
      ...['id', 'keyspace_name', 'columnfamily_name', 'compacted_at', 'bytes_in', 'bytes_out', 'rows_merged'],
      'compaction_properties',
    ],
    ...entries.map((entry) => [
      entry.id,
      entry.keyspace,
      entry.table,
      localTime(entry.compactedAtMillis),
      entry.bytesIn,
      entry.bytesOut,
      mapText(entry.rowsMerged),
      mapText(entry.properties),
    ]),
  ])}`;
}

/** Fields in the order in which Cassandra's printers have them. */
function historyFields(entry: CompactionHistoryEntry): [string, string | number][] {
  return [
    ['keyspace_name', entry.keyspace],
    ['bytes_out', Number(entry.bytesOut)],
    ['bytes_in', Number(entry.bytesIn)],
    ['compaction_properties', mapText(entry.properties)],
    ['columnfamily_name', entry.table],
    ['rows_merged', mapText(entry.rowsMerged)],
    ['id', entry.id],
    ['compacted_at', localTime(entry.compactedAtMillis)],
  ];
}

function historyJson(entries: readonly CompactionHistoryEntry[]): string {
  const objects = entries.map((entry) => {
    const fields = historyFields(entry).map(
      ([name, value]) => `    ${JSON.stringify(name)} : ${JSON.stringify(value)}`,
    );
    return `{\n${fields.join(',\n')}\n  }`;
  });
  return `{\n  "CompactionHistory" : [ ${objects.join(', ')} ]\n}`;
}

function historyYaml(entries: readonly CompactionHistoryEntry[]): string {
  const quoted = new Set(['compaction_properties', 'rows_merged', 'compacted_at']);
  const lines = entries.flatMap((entry) =>
    historyFields(entry).map(
      ([name, value], index) => `${index === 0 ? '- ' : '  '}${name}: ${quoted.has(name) ? `'${value}'` : value}`,
    ),
  );
  return `CompactionHistory:\n${lines.join('\n')}\n`;
}

const PERCENTILES = [
  ['50%', 0.5],
  ['75%', 0.75],
  ['95%', 0.95],
  ['98%', 0.98],
  ['99%', 0.99],
] as const;

/** Read and write latency and SSTables per read are not kept by table: NaN, as Cassandra has for what it lacks. */
export function tableHistogramsReport(keyspace: string, table: string, histograms: TableHistograms): string {
  const line = (name: string, size: string, cells: string) =>
    `${name.padEnd(10)}${'NaN'.padStart(18)}${'NaN'.padStart(18)}${'NaN'.padStart(18)}${size.padStart(18)}${cells.padStart(18)}`;
  const values = (pick: (buckets: Buckets) => string) =>
    [pick(histograms.partitionSizes), pick(histograms.cellCounts)] as const;
  return [
    `${keyspace}/${table} histograms`,
    'Percentile      Read Latency     Write Latency          SSTables    Partition Size        Cell Count',
    '                    (micros)          (micros)                             (bytes)                  ',
    ...PERCENTILES.map(([name, part]) => line(name, ...values((buckets) => percentile(buckets, part)))),
    line('Min', ...values(minimum)),
    line('Max', ...values((buckets) => percentile(buckets, 1))),
    '',
  ].join('\n');
}

type Buckets = TableHistograms['partitionSizes'];

function percentile(buckets: Buckets, part: number): string {
  const total = buckets.reduce((sum, [, count]) => sum + Number(count), 0);
  if (total === 0) return 'NaN';
  const wanted = Math.ceil(total * part);
  let seen = 0;
  for (const [bound, count] of buckets) {
    seen += Number(count);
    if (seen >= wanted) return bound;
  }
  return buckets.at(-1)?.[0] ?? 'NaN';
}

/** One above the bound below the first bucket: bounds grow by a fifth. */
function minimum(buckets: Buckets): string {
  const bound = Number(buckets[0]?.[0] ?? Number.NaN);
  if (Number.isNaN(bound)) return 'NaN';
  if (bound <= 1) return '0';
  return String(Math.max(1, Math.round(bound / 1.2) + 1));
}
