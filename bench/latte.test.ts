import { expect, it } from 'vitest';
import { latteMeasurement } from './latte.ts';

const report = (changes: Record<string, unknown> = {}) =>
  JSON.stringify({
    percentiles: [0, 50, 99, 99.9000015258789, 100],
    result: {
      elapsed_time_s: 2,
      cpu_time_s: 1.8,
      request_count: 1000,
      error_count: 0,
      errors: [],
      row_count: 1000,
      req_throughput: { value: 500 },
      request_latency: { percentiles: [0.1, 0.5, 0.9, 1.5, 3].map((value) => ({ value })) },
      ...changes,
    },
  });

it('the report of latte is read, percentiles by their value', () => {
  expect(latteMeasurement(report(), 'read', 30_000)).toEqual({
    operations: 1000,
    operationsPerSecond: 500,
    p50Milliseconds: 0.5,
    p99Milliseconds: 0.9,
    p999Milliseconds: 1.5,
    cpuMicrosPerOperation: 30,
    clientBusy: 0.9,
  });
});

it('reads that found nothing and statements that failed are no measurement', () => {
  expect(() => latteMeasurement(report({ row_count: 847 }), 'read', 1)).toThrow('1000 reads found 847 rows');
  expect(() => latteMeasurement(report({ error_count: 2, errors: ['timeout'] }), 'write', 1)).toThrow(
    '2 errors: timeout',
  );
});
