import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectedInstructions } from './callgrind.ts';
import { fioFigures, randomReadParameters } from './fio.ts';
import { parseEngineBenchOptions } from './options.ts';
import { jsonFigures } from './programs.ts';
import { enginePlot, engineTable } from './report.ts';
import type { EngineResults, Figures, Sample } from './results.ts';
import { dbBenchFigures } from './rocksdb.ts';
import { dataFiles, nearestBlocks } from './round.ts';
import { summarizeEngine } from './summary.ts';

describe('what the programs print', () => {
  it('is taken from db_bench by benchmark, the second run of two', () => {
    const output = [
      'Keys:       16 bytes each (+ 0 bytes user-defined timestamp)',
      '... finished 100000 ops\r',
      'fillrandom   :       7.843 micros/op 127500 ops/sec 7.843 seconds 1000000 operations;   27.5 MB/s',
      'readrandom   :      42.392 micros/op 23589 ops/sec; 3.1 MB/s (189641 of 300000 found)',
      'readrandom   :       3.250 micros/op 307692 ops/sec; 40.1 MB/s (189641 of 300000 found)',
      'compact      : 3270732.000 micros/op 0 ops/sec 3.271 seconds 1 operations;',
      ' Low      0/0    0.00 KB   0.0      0.1     0.1      0.0       0.1      0.1       0.0   0.0    102.2     98.2      3.20              2.75         1    1.184   1000K      0       0.0       0.0',
    ].join('\n');
    expect(dbBenchFigures(output)).toEqual({
      fillrandom_micros: 7.843,
      readrandom_micros: 3.25,
      compact_micros: 3_270_732,
      compaction_cpu_seconds: 2.75,
    });
    expect(() => dbBenchFigures('Unknown option')).toThrow('no figures');
  });

  it('is taken from fio behind its notes, and is nothing when it failed', () => {
    const report = (error: number) =>
      `note: something\n${JSON.stringify({ jobs: [{ error, read: { iops: 41_000.5, bw_bytes: 500_000_000 } }] })}`;
    expect(fioFigures(report(0))).toEqual({ iops: 41_000.5, megabytes_per_second: 500 });
    expect(() => fioFigures(report(5))).toThrow('fio failed with 5');
  });

  it("is the last line of Ceto's programs", () => {
    expect(jsonFigures('hello\n{"seconds": 2.5, "compaction_ended": true}\n')).toEqual({
      seconds: 2.5,
      compaction_ended: 1,
    });
    expect(() => jsonFigures('hello')).toThrow('no figures in: hello');
  });

  it('is the total of the file that callgrind leaves', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ceto-callgrind-'));
    try {
      const file = join(folder, 'out');
      writeFileSync(file, 'version: 1\nevents: Ir\nfn=main\n1 2\nsummary: 123456\ntotals: 123456\n');
      expect(collectedInstructions(file)).toBe(123_456);
      writeFileSync(file, 'version: 1\n');
      expect(() => collectedInstructions(file)).toThrow('no totals');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const sample = (figures: Figures): Sample => ({ cpuSeconds: 1, wallSeconds: 1, ...figures });

const results = (changes: Record<string, Sample[]> = {}): EngineResults => ({
  date: '2026-01-02T03:04:05.678Z',
  machine: { cpu: 'CPU <fast>', cores: 2, memoryBytes: 1 << 30, kernel: '6.1' },
  versions: {},
  options: { ...parseEngineBenchOptions(['node', 'main.ts']), records: 1_000_000 },
  samples: {
    'ceto memory': [1, 5, 2].map((put) => sample({ put_micros: put, get_micros: 1 })),
    'rocksdb memory': [sample({ fillrandom_micros: 8, readrandom_micros: 0.5 })],
    'ceto load': [sample({ wallSeconds: 2 })],
    // The puts took a second less than the CPU time of everything.
    'rocksdb load': [sample({ wallSeconds: 9, cpuSeconds: 4, fillrandom_micros: 3 })],
    'ceto compact': [sample({ cpu_seconds: 1 })],
    'rocksdb compact': [sample({ compaction_cpu_seconds: 2 })],
    'ceto append': [sample({ instructions: 1501, limit: 1500 })],
    'ceto point': [sample({ reads_per_second: 8000 })],
    'fio random': [sample({ iops: 10_000 })],
    'ceto scan': [sample({ uncompressed_megabytes_per_second: 900, disk_megabytes_per_second: 450 })],
    'fio sequential': [sample({ megabytes_per_second: 1000 })],
    'ceto decompress': [sample({ uncompressed_megabytes_per_second: 1200 })],
    'ceto point alone': [sample({ p999_micros: 400 })],
    'ceto point compacting': [sample({ p999_micros: 801 })],
    ...changes,
  },
});

describe('the summary of the engine', () => {
  const line = (what: string, of = results()) => summarizeEngine(of).find((known) => known.what.startsWith(what));

  it('holds medians against each other', () => {
    expect(line('put')).toMatchObject({ ceto: 2, other: 8, goal: { met: true } });
    expect(line('get from the memtable')).toMatchObject({ ceto: 1, other: 0.5, goal: { met: false } });
    expect(line('bulk load')).toMatchObject({ ceto: 108, other: 54, goal: { met: true } });
    expect(line('compaction, input by CPU')).toMatchObject({ ceto: 216, other: 108, goal: { met: true } });
    expect(line('append')?.goal).toEqual({ text: 'at most', met: false });
    expect(line('point reads')?.goal).toEqual({ text: '≥ 80 %', met: true });
    expect(line('p99.9')?.goal).toEqual({ text: '≤ twice', met: false });
  });

  it('holds a scan against what bounds it: the disk times the compression, or the decompression', () => {
    expect(line('full scan')).toMatchObject({ ceto: 900, other: 1200, goal: { met: true } });
    const slowDisk = results({ 'fio sequential': [sample({ megabytes_per_second: 500 })] });
    expect(line('full scan', slowDisk)).toMatchObject({ other: 1000 });
  });

  it('judges nothing that was not measured', () => {
    expect(line('compaction')?.goal).toBeNull();
  });

  it('is printed as a table whose lines are equally long, and drawn without what is missing', () => {
    const lines = summarizeEngine(results());
    const printed = engineTable(lines).split('\n');
    expect(new Set(printed.map((text) => text.length)).size).toBe(1);
    expect(printed[2]).toMatch(/^\| put: commit log and memtable +\| µs +\| +2\.00 \| RocksDB +\| +8\.00 \|/);
    const svg = enginePlot(results(), lines);
    expect(svg.match(/<rect [^>]*fill="#1b6ca8"/g)).toHaveLength(8);
    expect(svg).not.toContain('NaN');
  });
});

it('the block size for fio is whole blocks of the disk', () => {
  expect([0, 4096, 12_835, 14_400].map(nearestBlocks)).toEqual([4096, 4096, 12_288, 16_384]);
});

it('fio reads the data files of the engine, whatever they are called', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ceto-fio-'));
  try {
    expect(() => dataFiles(folder)).toThrow('no data files');
    mkdirSync(join(folder, 'a:b'));
    for (const name of ['nb-2-big-Data.db', 'nb-1-big-Data.db', 'nb-1-big-Index.db']) {
      writeFileSync(join(folder, 'a:b', name), '');
    }
    const files = dataFiles(folder);
    expect(files).toEqual(['nb-1-big-Data.db', 'nb-2-big-Data.db'].map((name) => join(folder, 'a:b', name)));
    const escaped = files.map((path) => path.replace('a:b', 'a\\:b')).join(':');
    expect(randomReadParameters(files, 12_288, 32, 5)).toContain(`--filename=${escaped}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('--quick makes a shorter run, whose parts can still be set', () => {
  const quick = parseEngineBenchOptions(['node', 'main.ts', '--quick', '--records', '7']);
  expect(quick).toMatchObject({ rounds: 1, records: 7, cpu: '1' });
  expect(parseEngineBenchOptions(['node', 'main.ts'])).toMatchObject({ rounds: 3 });
});
