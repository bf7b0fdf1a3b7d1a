/** The medians of all rounds beside what they are held against, each with its goal. */
import { median } from '../statistics.ts';
import { type EngineResults, figures } from './results.ts';

export interface EngineLine {
  readonly what: string;
  readonly unit: string;
  readonly digits: number;
  readonly ceto: number;
  /** What the other figure is of. */
  readonly beside: string;
  readonly other: number;
  readonly goal: { readonly text: string; readonly met: boolean } | null;
}

interface Measure {
  readonly what: string;
  readonly unit: string;
  readonly digits: number;
  readonly ceto: (results: EngineResults) => number[];
  readonly beside: string;
  readonly other: (results: EngineResults) => number[];
  readonly goalText: string;
  readonly met: (ceto: number, other: number) => boolean;
}

const of = (measurement: string, figure: string) => (results: EngineResults) => figures(results, measurement, figure);
const faster = { goalText: 'less', met: (ceto: number, other: number) => ceto < other };
const atLeast = (part: number) => ({
  goalText: part === 1 ? 'at least as much' : `≥ ${part * 100} %`,
  met: (ceto: number, other: number) => ceto >= part * other,
});

/** Bytes of keys and values, which are the same on both sides. */
const RECORD_BYTES = 16 + 200;
const megabytes = (results: EngineResults) => (results.options.records * RECORD_BYTES) / 1e6;

/** What bounds a scan of compressed data: the disk, or the decompression of what it gives. */
function scanLimits(results: EngineResults): number[] {
  const sequential = figures(results, 'fio sequential', 'megabytes_per_second');
  const decompressed = figures(results, 'ceto decompress', 'uncompressed_megabytes_per_second');
  const scans = results.samples['ceto scan'] ?? [];
  return scans.map((scan, round) => {
    const expansion = (scan['uncompressed_megabytes_per_second'] ?? 0) / (scan['disk_megabytes_per_second'] ?? 1);
    return Math.min((sequential[round] ?? Number.NaN) * expansion, decompressed[round] ?? Number.NaN);
  });
}

/**
 * db_bench sleeps five seconds at least before it believes that compaction has ended, so its wall time is no measure:
 * the time of the puts, or the CPU time of all with its compactions when that is more. Waits for the disk after the
 * last put do not count, which is in its favour.
 */
function rocksDbLoadRates(results: EngineResults): number[] {
  return (results.samples['rocksdb load'] ?? []).map(({ fillrandom_micros: micros = Number.NaN, cpuSeconds }) => {
    return megabytes(results) / Math.max((micros * results.options.records) / 1e6, cpuSeconds);
  });
}

const MEASURES: readonly Measure[] = [
  {
    what: 'put: commit log and memtable',
    unit: 'µs',
    digits: 2,
    ceto: of('ceto memory', 'put_micros'),
    beside: 'RocksDB',
    other: of('rocksdb memory', 'fillrandom_micros'),
    ...faster,
  },
  {
    what: 'get from the memtable',
    unit: 'µs',
    digits: 2,
    ceto: of('ceto memory', 'get_micros'),
    beside: 'RocksDB',
    other: of('rocksdb memory', 'readrandom_micros'),
    ...faster,
  },
  {
    what: 'get from a cached SSTable',
    unit: 'µs',
    digits: 2,
    ceto: of('ceto cached', 'get_micros'),
    beside: 'RocksDB',
    other: of('rocksdb cached', 'readrandom_micros'),
    ...faster,
  },
  {
    what: 'bulk load to the last compaction',
    unit: 'MB/s',
    digits: 1,
    ceto: (results) => figures(results, 'ceto load', 'wallSeconds').map((seconds) => megabytes(results) / seconds),
    beside: 'RocksDB',
    other: rocksDbLoadRates,
    ...atLeast(1),
  },
  {
    what: 'compaction, input',
    unit: 'MB/s',
    digits: 1,
    ceto: of('ceto compact', 'megabytes_per_second'),
    beside: 'RocksDB',
    other: (results) =>
      figures(results, 'rocksdb compact', 'compact_micros').map((micros) => (megabytes(results) / micros) * 1e6),
    ...atLeast(1),
  },
  {
    what: 'compaction, input by CPU time',
    unit: 'MB/s',
    digits: 1,
    ceto: (results) => figures(results, 'ceto compact', 'cpu_seconds').map((seconds) => megabytes(results) / seconds),
    beside: 'RocksDB',
    other: (results) =>
      figures(results, 'rocksdb compact', 'compaction_cpu_seconds').map((seconds) => megabytes(results) / seconds),
    ...atLeast(1),
  },
  {
    what: 'append to the commit log',
    unit: 'instructions',
    digits: 0,
    ceto: of('ceto append', 'instructions'),
    beside: 'limit',
    other: of('ceto append', 'limit'),
    goalText: 'at most',
    met: (ceto, limit) => ceto <= limit,
  },
  {
    what: 'point reads, data 8 × the cache',
    unit: 'reads/s',
    digits: 0,
    ceto: of('ceto point', 'reads_per_second'),
    beside: 'fio',
    other: of('fio random', 'iops'),
    ...atLeast(0.8),
  },
  {
    what: 'full scan, uncompressed',
    unit: 'MB/s',
    digits: 0,
    ceto: of('ceto scan', 'uncompressed_megabytes_per_second'),
    beside: 'fio or LZ4',
    other: scanLimits,
    ...atLeast(0.7),
  },
  {
    what: 'p99.9 of point reads while all is compacted',
    unit: 'µs',
    digits: 0,
    ceto: of('ceto point compacting', 'p999_micros'),
    beside: 'without',
    other: of('ceto point alone', 'p999_micros'),
    goalText: '≤ twice',
    met: (ceto, other) => ceto <= 2 * other,
  },
];

export function summarizeEngine(results: EngineResults): EngineLine[] {
  return MEASURES.map(({ what, unit, digits, beside, ...measure }) => {
    const ceto = median(measure.ceto(results));
    const other = median(measure.other(results));
    const known = !Number.isNaN(ceto) && !Number.isNaN(other);
    const goal = known ? { text: measure.goalText, met: measure.met(ceto, other) } : null;
    return { what, unit, digits, ceto, beside, other, goal };
  });
}
