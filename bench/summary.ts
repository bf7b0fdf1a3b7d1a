/** The medians of all rounds side by side, each with the goal that it is held against. */
import { loadName } from './load-round.ts';
import type { ByContestant, LoadMeasurement, NodeMeasurement, Results } from './results.ts';
import { median } from './statistics.ts';

export interface SummaryLine {
  readonly what: string;
  readonly measure: string;
  readonly digits: number;
  readonly ceto: number;
  readonly cassandra: number;
  readonly goal: { readonly text: string; readonly met: boolean } | null;
}

const MEBIBYTE = 1 << 20;

interface Measure<Measurement> {
  readonly measure: string;
  readonly digits: number;
  readonly value: (measurement: Measurement) => number;
  /** Null when nothing is asked, or one of the two was not measured. */
  readonly goal?: (ceto: number, cassandra: number) => SummaryLine['goal'];
}

const below = (limit: number, unit: string) => (ceto: number) => ({
  text: `< ${limit} ${unit}`,
  met: ceto < limit,
});

const LOAD_MEASURES: readonly Measure<LoadMeasurement>[] = [
  { measure: 'operations/s', digits: 0, value: (load) => load.operationsPerSecond },
  { measure: 'p50 ms', digits: 2, value: (load) => load.p50Milliseconds },
  {
    measure: 'p99 ms',
    digits: 2,
    value: (load) => load.p99Milliseconds,
    goal: (ceto, cassandra) => (Number.isNaN(cassandra) ? null : { text: 'below', met: ceto < cassandra }),
  },
  { measure: 'p99.9 ms', digits: 2, value: (load) => load.p999Milliseconds },
  {
    measure: 'server CPU µs/op',
    digits: 1,
    value: (load) => load.cpuMicrosPerOperation,
    goal: (ceto, cassandra) => (Number.isNaN(cassandra) ? null : { text: '≤ 1/3', met: ceto <= cassandra / 3 }),
  },
];

const NODE_MEASURES: readonly (Measure<NodeMeasurement> & { readonly what: string })[] = [
  {
    what: 'start to the first answer',
    measure: 'ms',
    digits: 0,
    value: (node) => node.firstQueryMilliseconds,
    goal: below(1000, 'ms'),
  },
  {
    what: 'idle',
    measure: 'resident MiB',
    digits: 0,
    value: (node) => node.idleResidentBytes / MEBIBYTE,
    goal: below(200, 'MiB'),
  },
  { what: 'idle', measure: 'CPU %', digits: 1, value: (node) => node.idleCpuPercent },
  {
    what: 'CREATE TABLE',
    measure: 'ms',
    digits: 1,
    value: (node) => node.createTableMilliseconds,
    goal: below(10, 'ms'),
  },
  { what: 'DROP TABLE', measure: 'ms', digits: 1, value: (node) => node.dropTableMilliseconds },
];

export function summarize(results: Results): SummaryLine[] {
  const lines: SummaryLine[] = [];
  const add = <Measurement>(
    what: string,
    { measure, digits, value, goal }: Measure<Measurement>,
    measurements: ByContestant<Measurement>,
  ) => {
    const ceto = median(measurements.ceto.map(value));
    const cassandra = median(measurements.cassandra.map(value));
    const judged = goal === undefined || Number.isNaN(ceto) ? null : goal(ceto, cassandra);
    lines.push({ what, measure, digits, ceto, cassandra, goal: judged });
  };
  for (const load of results.loads) {
    for (const measure of LOAD_MEASURES) add(loadName(load), measure, load.measurements);
  }
  for (const measure of NODE_MEASURES) add(measure.what, measure, results.nodes);
  const resident: Measure<number> = { measure: 'resident MiB', digits: 0, value: (bytes) => bytes / MEBIBYTE };
  add('after all loads', resident, results.residentBytesAfterLoad);
  return lines;
}
