import { expect, test } from 'vitest';
import { sizeEstimateWrites, tokenSpans } from './size-estimates.ts';

test('the spans cover the ring once, wrapping at its end', () => {
  const spans = tokenSpans(['100', '-5', '7000000000000000000']);
  expect(spans.map(({ start, end }) => [start, end])).toEqual([
    [-(2n ** 63n), -5n],
    [-5n, 100n],
    [100n, 7000000000000000000n],
    [7000000000000000000n, -(2n ** 63n)],
  ]);
  expect(spans.reduce((sum, { fraction }) => sum + fraction, 0)).toBeCloseTo(1, 9);
});

test('a keyspace is deleted before its rows are written', () => {
  const [deletion, ...rows] = sizeEstimateWrites(
    'k',
    new Map([['t', { partitions: 1000, meanPartitionBytes: 90.4 }]]),
    tokenSpans(['0']),
    7n,
  );
  expect(deletion?.values).toEqual([7n, 'k']);
  expect(rows.map(({ values }) => values)).toEqual([
    ['k', 't', '-9223372036854775808', '0', 500n, 90n],
    ['k', 't', '0', '-9223372036854775808', 500n, 90n],
  ]);
});
