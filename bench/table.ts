/** The summary as text: a Markdown table whose columns are aligned, so that it reads in a terminal too. */
import type { SummaryLine } from './summary.ts';

const HEAD = ['', '', 'Ceto', 'Cassandra', 'ratio', 'goal'] as const;
/** Columns of numbers. */
const RIGHT = new Set([2, 3, 4]);

export function summaryTable(lines: readonly SummaryLine[]): string {
  let previous = '';
  const rows = lines.map((line) => {
    const what = line.what === previous ? '' : line.what;
    previous = line.what;
    const goal = line.goal === null ? '' : `${line.goal.text}: ${line.goal.met ? 'met' : 'NOT MET'}`;
    return [
      what,
      line.measure,
      formatNumber(line.ceto, line.digits),
      formatNumber(line.cassandra, line.digits),
      formatRatio(line.ceto / line.cassandra),
      goal,
    ];
  });
  const widths = HEAD.map((head, column) => Math.max(3, head.length, ...rows.map((row) => (row[column] ?? '').length)));
  const aligned = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => align(cell, widths[column] ?? 0, RIGHT.has(column))).join(' | ')} |`;
  const rule = widths.map((width, column) => (RIGHT.has(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [aligned(HEAD), `| ${rule.join(' | ')} |`, ...rows.map(aligned)].join('\n');
}

export function formatNumber(value: number, digits: number): string {
  if (Number.isNaN(value)) return '–';
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** As far as it tells something: 0.012, 0.25, 3.1, 120. */
function formatRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return '–';
  return formatNumber(ratio, ratio < 0.1 ? 3 : ratio < 10 ? 2 : 0);
}

function align(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : cell.padEnd(width);
}
