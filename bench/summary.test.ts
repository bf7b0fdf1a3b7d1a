import { describe, expect, it } from 'vitest';
import { cpuCount } from './contestants.ts';
import { parseBenchOptions } from './options.ts';
import { logarithmicScale, plot } from './plot.ts';
import type { LoadMeasurement, NodeMeasurement, Results } from './results.ts';
import { summarize } from './summary.ts';
import { summaryTable } from './table.ts';

const load = (operationsPerSecond: number, cpuMicrosPerOperation: number): LoadMeasurement => ({
  operations: 1000,
  operationsPerSecond,
  p50Milliseconds: 0.4,
  p99Milliseconds: 100_000 / operationsPerSecond,
  p999Milliseconds: 200_000 / operationsPerSecond,
  cpuMicrosPerOperation,
  clientBusy: null,
});

const node = (createTableMilliseconds: number): NodeMeasurement => ({
  firstQueryMilliseconds: 300,
  idleResidentBytes: 150 << 20,
  idleCpuPercent: 0.2,
  createTableMilliseconds,
  dropTableMilliseconds: 4,
});

const results: Results = {
  date: '2026-01-02T03:04:05.678Z',
  machine: { cpu: 'CPU <fast>', cores: 2, memoryBytes: 1 << 30, kernel: '6.1' },
  versions: {},
  options: parseBenchOptions(['node', 'main.ts']),
  nodes: { ceto: [node(4), node(12), node(5)], cassandra: [node(160)] },
  loads: [
    {
      client: 'latte',
      statement: 'write',
      inFlight: 16,
      perSecond: null,
      measurements: { ceto: [load(90_000, 6), load(100_000, 5), load(80_000, 7)], cassandra: [load(20_000, 17)] },
    },
  ],
  residentBytesAfterLoad: { ceto: [400 << 20], cassandra: [] },
};

describe('the summary', () => {
  const lines = summarize(results);
  const line = (what: string, measure: string) =>
    lines.find((known) => known.what.includes(what) && known.measure.includes(measure));

  it('takes the median of the rounds', () => {
    expect(line('latte write', 'operations')).toMatchObject({ ceto: 90_000, cassandra: 20_000, goal: null });
  });

  it('judges each goal by the two medians', () => {
    expect(line('latte write', 'p99 ms')?.goal).toEqual({ text: 'below', met: true });
    // A third of 17 is less than 6.
    expect(line('latte write', 'CPU')?.goal).toEqual({ text: '≤ 1/3', met: false });
    expect(line('CREATE TABLE', 'ms')?.goal).toEqual({ text: '< 10 ms', met: true });
    expect(line('start', 'ms')?.goal).toEqual({ text: '< 1000 ms', met: true });
  });

  it('judges nothing against a server that was not measured', () => {
    const alone = results.loads.map((known) => ({ ...known, measurements: { ...known.measurements, cassandra: [] } }));
    const goals = summarize({ ...results, loads: alone }).filter(({ what }) => what.startsWith('latte'));
    expect(goals.map(({ goal }) => goal)).toEqual([null, null, null, null, null]);
  });

  it('prints as a table whose lines are equally long', () => {
    const printed = summaryTable(lines).split('\n');
    expect(new Set(printed.map((text) => text.length)).size).toBe(1);
    expect(printed[2]).toMatch(/^\| latte write, 16 in flight +\| operations\/s +\| 90,000 \| +20,000 \| +4.50 \|/);
    expect(printed.at(-1)).toMatch(/after all loads .* 400 \| +– \|/);
  });
});

describe('the plot', () => {
  it('has a bar for each median that there is', () => {
    const svg = plot(results);
    expect(svg.match(/<rect [^>]*fill="#1b6ca8"/g)).toHaveLength(1 + 4);
    expect(svg.match(/<rect [^>]*fill="#d98324"/g)).toHaveLength(1 + 4);
    expect(svg).toContain('CPU &lt;fast&gt;');
    expect(svg).not.toContain('NaN');
  });

  it('scales by powers of ten, from the one below the least value to the greatest value', () => {
    const scale = logarithmicScale([2, 2000, Number.NaN], 300);
    expect(scale.ticks).toEqual([1, 10, 100, 1000]);
    expect(scale.length(2000)).toBeCloseTo(300);
    expect(scale.length(1)).toBe(0);
  });
});

it('a list of CPUs is counted', () => {
  expect(['0', '0,2', '0-3', '0-1,4'].map(cpuCount)).toEqual([1, 2, 4, 3]);
});
