import { describe, expect, it } from 'vitest';
import { differOnlyBy, type KeyedRow, livesUnseen, type StoredRow, storedRows } from './expired-inserts.ts';

const NOW = 1_000;
const [A, B] = [new Set(['a']), new Set(['b'])];
const EXISTING = new Set(['a', 'b']);

function stored(...words: readonly string[]): StoredRow {
  const row = storedRows(['0001', '02', ...words].join('\t'), { clustering: [column('c')] }).get('0001\t02');
  if (row === undefined) throw new Error('the row is not where it was written');
  return row;
}

function column(name: string) {
  return { name, type: { kind: 'native', name: 'int' }, descending: false } as const;
}

describe('a row that lives by cells older than its expired INSERT', () => {
  it('is unseen by a SELECT that does not name their columns', () => {
    expect(livesUnseen(stored(',20,900', 'b,10,never'), A, EXISTING, NOW)).toBe(true);
    expect(livesUnseen(stored(',20,1000', 'a,10,900', 'b,-16,1001'), A, EXISTING, NOW)).toBe(true);
  });

  it('is seen by a SELECT that names one of them', () => {
    expect(livesUnseen(stored(',20,900', 'b,10,never'), B, EXISTING, NOW)).toBe(false);
    expect(livesUnseen(stored(',20,900', 'a,10,never', 'b,10,never'), A, EXISTING, NOW)).toBe(false);
  });

  it.each([
    ['the INSERT lives', [',20,never', 'b,10,never']],
    ['the INSERT lives for another second', [',20,1001', 'b,10,never']],
    ['there was no INSERT', ['none', 'b,10,never']],
    ['the cell is as old as the INSERT', [',20,900', 'b,20,never']],
    ['one of the cells is newer', [',20,900', 'b,10,never', 'b,30,never']],
    ['its cells have expired', [',20,900', 'b,10,900']],
    ['it has no cells', [',20,900']],
    ['the column of its cell was dropped', [',20,900', 'gone,10,never']],
  ])('is none when %s', (_, words) => {
    expect(livesUnseen(stored(...words), A, EXISTING, NOW)).toBe(false);
  });
});

describe('answers differ only by rows that Cassandra does not see', () => {
  const row = (partition: string, clustering: string | null, text = `${partition} ${clustering}`): KeyedRow => ({
    partition,
    clustering,
    text,
  });
  const [first, second, third] = [row('01', '01'), row('01', '02'), row('02', '01')];
  const all = [first, second, third];
  const isSecond = ({ partition, clustering }: KeyedRow) => partition === '01' && clustering === '02';

  it('when such rows are missing and nothing else differs', () => {
    expect(differOnlyBy([first, third], all, isSecond)).toBe(true);
    expect(differOnlyBy([], [second], isSecond)).toBe(true);
  });

  it('when the static content of their partition stays', () => {
    const content = row('01', null, second.text);
    expect(differOnlyBy([content, third], [second, third], isSecond)).toBe(true);
    expect(differOnlyBy([content, third], all, () => true)).toBe(false);
    expect(differOnlyBy([first, content, third], all, isSecond)).toBe(false);
    expect(differOnlyBy([row('01', null, 'other'), third], [second, third], isSecond)).toBe(false);
  });

  it.each([
    ['nothing is missing', all],
    ['another row is missing', [second, third]],
    ['another row is missing too', [third]],
    ['another row has other values', [first, row('02', '01', 'other')]],
    ['the others come in another order', [third, first]],
    ['Cassandra has a row that Ceto has not', [first, third, row('03', '01')]],
    ['a row stands twice', [first, first, third]],
  ])('not when %s', (_, expected) => {
    expect(differOnlyBy(expected, all, isSecond)).toBe(false);
  });
});
