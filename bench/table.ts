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
    return [
      what,
      line.measure,
      formatNumber(line.ceto, line.digits),
      formatNumber(line.cassandra, line.digits),
      formatRatio(line.ceto / line.cassandra),
      formatGoal(line.goal),
    ];
  });
  return alignedTable(HEAD, rows, RIGHT);
}

/** A Markdown table; `right`: the columns that are aligned to the right. */
export function alignedTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number>,
): string {
  const widths = head.map((name, column) => Math.max(3, name.length, ...rows.map((row) => (row[column] ?? '').length)));
  const aligned = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => align(cell, widths[column] ?? 0, right.has(column))).join(' | ')} |`;
  const rule = widths.map((width, column) => (right.has(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [aligned(head), `| ${rule.join(' | ')} |`, ...rows.map(aligned)].join('\n');
}

export function formatGoal(goal: SummaryLine['goal']): string {
  return goal === null ? '' : `${goal.text}: ${goal.met ? 'met' : 'NOT MET'}`;
}

export function formatNumber(value: number, digits: number): string {
  if (Number.isNaN(value)) return '–';
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** As far as it tells something: 0.012, 0.25, 3.1, 120. */
export function formatRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return '–';
  return formatNumber(ratio, ratio < 0.1 ? 3 : ratio < 10 ? 2 : 0);
}

function align(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : cell.padEnd(width);
}
