import { describe, expect, it } from 'vitest';
import { similarSizes } from './normalise.ts';

describe('histograms of partition sizes are alike', () => {
  const histogram = (...lines: readonly string[]) =>
    ['', '   Size (bytes)  | Count  (%)  Histogram ', ...lines, '   Percentiles', '   50th      924 (924 B)'].join(
      '\n',
    );
  const ceto = histogram('   310 (310 B)   |     1 ( 25) OOO', '   1597 (1.6 kB) |     3 ( 75) OOOOOO');

  it('when partitions of Cassandra stand in the next bucket', () => {
    const next = ['   1597 (1.6 kB) |     2 ( 50) OOOO', '   1916 (1.9 kB) |     1 ( 25) OOO'];
    expect(similarSizes(ceto, ceto)).toBe(true);
    expect(similarSizes(histogram('   310 (310 B)   |     1 ( 25) OOO', ...next), ceto)).toBe(true);
  });

  it.each([
    ['the bucket after the next', ['   310 (310 B)   |     1 ( 25) OOO', '   2299 (2.2 kB) |     3 ( 75) OOOOOO']],
    ['a smaller bucket', ['   258 (258 B)   |     1 ( 25) OOO', '   1597 (1.6 kB) |     3 ( 75) OOOOOO']],
    ['fewer partitions', ['   310 (310 B)   |     1 ( 25) OOO', '   1597 (1.6 kB) |     2 ( 50) OOOO']],
    ['no partitions', []],
  ])('not for %s', (_, lines) => {
    expect(similarSizes(histogram(...lines), ceto)).toBe(false);
  });

  it('not without any', () => {
    expect(similarSizes(undefined, undefined)).toBe(false);
  });
});
