/** The loads as a plot: a panel a measure, a pair of bars a load, on a logarithmic scale. */

import { CONTESTANT_NAMES } from './contestants.ts';
import { loadName } from './load-round.ts';
import type { ContestantName } from './options.ts';
import type { LoadMeasurement, LoadResult, Results } from './results.ts';
import { median } from './statistics.ts';
import { document, element, text } from './svg.ts';
import { formatNumber } from './table.ts';

const COLOURS: Record<ContestantName, string> = { ceto: '#1b6ca8', cassandra: '#d98324' };
const CONTESTANTS: readonly ContestantName[] = ['ceto', 'cassandra'];

interface Panel {
  readonly title: string;
  readonly digits: number;
  readonly value: (measurement: LoadMeasurement) => number;
}

const PANELS: readonly Panel[] = [
  { title: 'Operations per second (more is better)', digits: 0, value: (load) => load.operationsPerSecond },
  { title: 'Server CPU per operation, µs (less is better)', digits: 1, value: (load) => load.cpuMicrosPerOperation },
  { title: 'p99 latency, ms (less is better)', digits: 2, value: (load) => load.p99Milliseconds },
  { title: 'p99.9 latency, ms (less is better)', digits: 2, value: (load) => load.p999Milliseconds },
];

const WIDTH = 900;
const MARGIN = 20;
const HEADER_HEIGHT = 60;
const TITLE_HEIGHT = 28;
const LABEL_WIDTH = 250;
const VALUE_WIDTH = 70;
const BAR_HEIGHT = 13;
const GROUP_GAP = 10;
const GROUP_HEIGHT = CONTESTANTS.length * BAR_HEIGHT + GROUP_GAP;
const PANEL_GAP = 26;

export function plot(results: Results): string {
  const panelHeight = TITLE_HEIGHT + results.loads.length * GROUP_HEIGHT;
  const height = HEADER_HEIGHT + PANELS.length * (panelHeight + PANEL_GAP) + MARGIN;
  const panels = PANELS.map((panel, index) =>
    drawPanel(panel, results.loads, HEADER_HEIGHT + index * (panelHeight + PANEL_GAP)),
  );
  return document(WIDTH, height, [
    element('rect', { width: WIDTH, height, fill: '#ffffff' }),
    ...drawHeader(results),
    ...panels.flat(),
  ]);
}

function drawHeader({ machine, options, date }: Results): string[] {
  const subtitle =
    `${date.slice(0, 10)} · ${machine.cpu} · server on one core, client on another · ` +
    `commitlog_sync ${options.sync} · median of ${options.rounds} · logarithmic scales`;
  const legend = CONTESTANTS.flatMap((contestant, index) => {
    const x = WIDTH - MARGIN - 190 + index * 90;
    return [
      element('rect', { x, y: 14, width: 12, height: 12, fill: COLOURS[contestant] }),
      text(x + 18, 24, CONTESTANT_NAMES[contestant]),
    ];
  });
  return [
    text(MARGIN, 26, 'Ceto and Apache Cassandra', { 'font-size': 17, 'font-weight': 'bold' }),
    text(MARGIN, 45, subtitle, { fill: '#555555', 'font-size': 11 }),
    ...legend,
  ];
}

function drawPanel(panel: Panel, loads: readonly LoadResult[], top: number): string[] {
  const medianOf = (load: LoadResult, contestant: ContestantName) =>
    median(load.measurements[contestant].map(panel.value));
  const values = loads.flatMap((load) => CONTESTANTS.map((contestant) => medianOf(load, contestant)));
  const scale = logarithmicScale(values, WIDTH - 2 * MARGIN - LABEL_WIDTH - VALUE_WIDTH);
  const left = MARGIN + LABEL_WIDTH;
  const bottom = top + TITLE_HEIGHT + loads.length * GROUP_HEIGHT - GROUP_GAP / 2;
  const grid = scale.ticks.flatMap((tick) => {
    const x = left + scale.length(tick);
    const line = { x1: x, x2: x, y1: top + TITLE_HEIGHT - 4, y2: bottom, stroke: '#dddddd' };
    return [
      element('line', line),
      text(x, bottom + 11, tick.toLocaleString('en-US', { maximumFractionDigits: 6 }), {
        'text-anchor': 'middle',
        'font-size': 9,
        fill: '#777777',
      }),
    ];
  });
  const bars = loads.flatMap((load, index) => {
    const y = top + TITLE_HEIGHT + index * GROUP_HEIGHT;
    const label = text(left - 8, y + BAR_HEIGHT + 4, loadName(load), { 'text-anchor': 'end', 'font-size': 11 });
    return [
      label,
      ...CONTESTANTS.flatMap((contestant, row) => {
        const value = medianOf(load, contestant);
        if (!(value > 0)) return [];
        const barTop = y + row * BAR_HEIGHT;
        const width = scale.length(value);
        return [
          element('rect', { x: left, y: barTop, width, height: BAR_HEIGHT - 1, fill: COLOURS[contestant] }),
          text(left + width + 5, barTop + BAR_HEIGHT - 3, formatNumber(value, panel.digits), { 'font-size': 10 }),
        ];
      }),
    ];
  });
  return [text(MARGIN, top + 14, panel.title, { 'font-weight': 'bold' }), ...grid, ...bars];
}

interface Scale {
  readonly ticks: readonly number[];
  length(value: number): number;
}

/** From the power of ten below the least value to the greatest value. */
export function logarithmicScale(values: readonly number[], pixels: number): Scale {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...positive, Number.MAX_VALUE)) - 0.05);
  const high = Math.log10(Math.max(...positive, Number.MIN_VALUE));
  const first = positive.length === 0 ? 0 : low;
  const span = positive.length === 0 ? 1 : high - low;
  const ticks: number[] = [];
  for (let exponent = first; exponent <= first + span; exponent++) ticks.push(10 ** exponent);
  return { ticks, length: (value) => ((Math.log10(value) - first) / span) * pixels };
}
