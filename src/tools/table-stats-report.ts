/**
 * nodetool tablestats, in Cassandra's layout. What Ceto does not keep (latencies, slices of the last minutes)
 * stands as Cassandra prints it where nothing was measured.
 */
import type { TableStatistics } from '../admin/operations.ts';
import { formatSize } from './format.ts';

const NAMES_OF_LEVELS = 9;

export interface TableStatsOptions {
  readonly humanReadable?: boolean;
}

export function tableStatsReport(tables: readonly TableStatistics[], options: TableStatsOptions = {}): string {
  const keyspaces = Map.groupBy(tables, (table) => table.keyspace);
  const lines = [`Total number of tables: ${tables.length}`, '----------------'];
  for (const [keyspace, members] of keyspaces) {
    const sum = (name: string) => members.reduce((total, { numbers }) => total + (numbers[name] ?? 0), 0);
    lines.push(
      `Keyspace: ${keyspace}`,
      `\tRead Count: ${sum('reads_total')}`,
      '\tRead Latency: NaN ms',
      `\tWrite Count: ${sum('writes_total')}`,
      '\tWrite Latency: NaN ms',
      `\tPending Flushes: ${sum('pending_flushes')}`,
    );
    for (const member of members) lines.push(...tableLines(member, options).map((line) => `\t\t${line}`), '');
    lines.push('----------------');
  }
  return lines.join('\n');
}

/** FBUtilities.prettyPrintMemory: three digits behind the point, no space. */
function prettyMemory(bytes: number): string {
  const units = ['TiB', 'GiB', 'MiB', 'KiB'];
  for (const [index, unit] of units.entries()) {
    const size = 1024 ** (units.length - index);
    if (bytes >= size) return `${(bytes / size).toFixed(3)}${unit}`;
  }
  return `${bytes}B`;
}

function tableLines(statistics: TableStatistics, { humanReadable }: TableStatsOptions): string[] {
  const { table, numbers } = statistics;
  const number = (name: string) => numbers[name] ?? 0;
  const size = (bytes: number) => (humanReadable === true ? formatSize(bytes) : String(bytes));
  const reads = number('reads_total');
  const writes = number('writes_total');
  const memory = number('bloom_bytes') + number('index_bytes') + number('offset_bytes');
  const falsePositives = number('bloom_false_positives_total');
  const filtered = falsePositives + number('bloom_true_positives_total') + number('bloom_true_negatives_total');
  return [
    `Table: ${table}`,
    ...fileLines(statistics, size),
    `Off heap memory used (total): ${size(memory)}`,
    ...compressionLines(number),
    `Number of partitions (estimate): ${number('partitions_estimate')}`,
    `Memtable cell count: ${number('memtable_cells')}`,
    `Memtable data size: ${size(number('memtable_bytes'))}`,
    `Memtable off heap memory used: ${size(number('memtable_bytes'))}`,
    `Memtable switch count: ${number('memtable_switches')}`,
    'Speculative retries: 0',
    `Local read count: ${reads}`,
    'Local read latency: NaN ms',
    `Local write count: ${writes}`,
    'Local write latency: NaN ms',
    `Local read/write ratio: ${(writes === 0 ? 0 : reads / writes).toFixed(5)}`,
    `Pending flushes: ${number('pending_flushes')}`,
    ...repairLines(statistics),
    `Bloom filter false positives: ${falsePositives}`,
    `Bloom filter false ratio: ${(filtered === 0 ? 0 : falsePositives / filtered).toFixed(5)}`,
    `Bloom filter space used: ${size(number('bloom_bytes'))}`,
    `Bloom filter off heap memory used: ${size(number('bloom_bytes'))}`,
    `Index summary off heap memory used: ${size(number('index_bytes'))}`,
    `Compression metadata off heap memory used: ${size(number('offset_bytes'))}`,
    `Compacted partition maximum bytes: ${number('max_partition_bytes')}`,
    `Compacted partition mean bytes: ${number('mean_partition_bytes')}`,
    'Average live cells per slice (last five minutes): NaN',
    'Maximum live cells per slice (last five minutes): 0',
    'Average tombstones per slice (last five minutes): NaN',
    'Maximum tombstones per slice (last five minutes): 0',
  ];
}

function fileLines({ numbers, files }: TableStatistics, size: (bytes: number) => string): string[] {
  const levels = Array.from(
    { length: NAMES_OF_LEVELS },
    (_, level) => files.levels[level] ?? { sstables: 0, bytes: 0 },
  );
  const disk = size(numbers['disk_bytes'] ?? 0);
  return [
    `SSTable count: ${numbers['sstables'] ?? 0}`,
    `Old SSTable count: ${files.old}`,
    `Max SSTable size: ${prettyMemory(files.maxBytes)}`,
    ...(files.leveled
      ? [
          `SSTables in each level: [${levels.map(({ sstables }, level) => levelCount(numbers, level, sstables)).join(', ')}]`,
          `SSTable bytes in each level: [${levels.map(({ bytes }) => size(bytes)).join(', ')}]`,
        ]
      : []),
    `Space used (live): ${disk}`,
    `Space used (total): ${disk}`,
  ];
}

/** As compaction counts them, which may hold one for level 0 that its file does not; with the limit beyond it. */
function levelCount(numbers: TableStatistics['numbers'], level: number, inFiles: number): string {
  const count = numbers[`sstables_level_${level}`] ?? inFiles;
  const limit = numbers[`sstables_limit_level_${level}`] ?? count;
  return count > limit ? `${count}/${limit}` : String(count);
}

function compressionLines(number: (name: string) => number): string[] {
  const uncompressed = number('uncompressed_bytes');
  const ratio = uncompressed === 0 ? -1 : number('disk_bytes') / uncompressed;
  return [`SSTable Compression Ratio: ${ratio.toFixed(5)}`];
}

function repairLines({ files }: TableStatistics): string[] {
  const all = files.repairedBytes + files.unrepairedBytes;
  return [
    `Percent repaired: ${all === 0 ? '100.0' : ((100 * files.repairedBytes) / all).toFixed(1)}`,
    `Bytes repaired: ${prettyMemory(files.repairedBytes)}`,
    `Bytes unrepaired: ${prettyMemory(files.unrepairedBytes)}`,
    'Bytes pending repair: 0B',
  ];
}
