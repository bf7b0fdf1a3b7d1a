/** The summary of the engine's benchmark as a Markdown table and as a plot. */
import { document, element, text } from '../svg.ts';
import { alignedTable, formatGoal, formatNumber, formatRatio } from '../table.ts';
import type { EngineResults } from './results.ts';
import type { EngineLine } from './summary.ts';

const HEAD = ['', 'unit', 'Ceto', 'beside', '', 'ratio', 'goal'] as const;
/** Columns of numbers. */
const RIGHT = new Set([2, 4, 5]);

export function engineTable(lines: readonly EngineLine[]): string {
  const rows = lines.map((line) => [
    line.what,
    line.unit,
    formatNumber(line.ceto, line.digits),
    line.beside,
    formatNumber(line.other, line.digits),
    formatRatio(line.ceto / line.other),
    formatGoal(line.goal),
  ]);
  return alignedTable(HEAD, rows, RIGHT);
}

const WIDTH = 900;
const MARGIN = 20;
const HEADER_HEIGHT = 64;
const LABEL_WIDTH = 330;
const VALUE_WIDTH = 130;
const BAR_HEIGHT = 14;
const GROUP_HEIGHT = 2 * BAR_HEIGHT + 14;
const CETO_COLOUR = '#1b6ca8';
const OTHER_COLOUR = '#8a8a8a';

/** A pair of bars a line, each pair on a scale of its own. */
export function enginePlot(results: EngineResults, lines: readonly EngineLine[]): string {
  const left = MARGIN + LABEL_WIDTH;
  const room = WIDTH - MARGIN - left - VALUE_WIDTH;
  const groups = lines.flatMap((line, index) => {
    const top = HEADER_HEIGHT + index * GROUP_HEIGHT;
    const greatest = Math.max(...[line.ceto, line.other].filter((value) => value > 0), Number.MIN_VALUE);
    const bars = [
      { value: line.ceto, name: 'Ceto', colour: CETO_COLOUR },
      { value: line.other, name: line.beside, colour: OTHER_COLOUR },
    ].flatMap(({ value, name, colour }, row) => {
      if (!(value > 0)) return [];
      const y = top + row * BAR_HEIGHT;
      const width = (value / greatest) * room;
      const label = `${formatNumber(value, line.digits)} ${line.unit} · ${name}`;
      return [
        element('rect', { x: left, y, width, height: BAR_HEIGHT - 1, fill: colour }),
        text(left + width + 5, y + BAR_HEIGHT - 3, label, { 'font-size': 10 }),
      ];
    });
    const label = { 'text-anchor': 'end', 'font-size': 11 };
    return [text(left - 8, top + BAR_HEIGHT + 4, line.what, label), ...bars];
  });
  const { machine, options, date } = results;
  const subtitle = `${date.slice(0, 10)} · ${machine.cpu} · all on one core · median of ${options.rounds}`;
  return document(WIDTH, HEADER_HEIGHT + lines.length * GROUP_HEIGHT + MARGIN, [
    element('rect', { width: WIDTH, height: HEADER_HEIGHT + lines.length * GROUP_HEIGHT + MARGIN, fill: '#ffffff' }),
    text(MARGIN, 26, "Ceto's engine beside RocksDB and the disk", { 'font-size': 17, 'font-weight': 'bold' }),
    text(MARGIN, 45, subtitle, { fill: '#555555', 'font-size': 11 }),
    ...groups,
  ]);
}
