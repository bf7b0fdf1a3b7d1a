import { expect, it } from 'vitest';
import { stressMeasurement } from './cassandra-stress.ts';

const report = (errors: number) => `
Warming up WRITE with 5000 iterations...
Warming up READ with 5000 iterations...
total,         20000,    4423,    4423,    4423,     4.0,     0.4,     2.1
Results:
Op rate                   :   12,379 op/s  [READ: 6,190 op/s, WRITE: 6,189 op/s]
Latency mean              :   11.0 ms [READ: 11.1 ms, WRITE: 10.9 ms]
Latency median            :    1.3 ms [READ: 1.4 ms, WRITE: 1.2 ms]
Latency 95th percentile   :   65.6 ms [READ: 65.6 ms, WRITE: 65.6 ms]
Latency 99th percentile   :  143.8 ms [READ: 143.8 ms, WRITE: 143.8 ms]
Latency 99.9th percentile :  375.9 ms [READ: 375.9 ms, WRITE: 375.9 ms]
Total partitions          :     20,000 [READ: 10,000, WRITE: 10,000]
Total errors              :          ${errors} [READ: ${errors}]
END
`;

it('the closing report of cassandra-stress is read, of both kinds of operations together; its warm-up has used CPU too', () => {
  expect(stressMeasurement(report(0), 600_000)).toEqual({
    operations: 20_000,
    operationsPerSecond: 12_379,
    p50Milliseconds: 1.3,
    p99Milliseconds: 143.8,
    p999Milliseconds: 375.9,
    cpuMicrosPerOperation: 20,
    clientBusy: null,
  });
});

it('failed operations and a missing report are no measurement', () => {
  expect(() => stressMeasurement(report(3), 1)).toThrow('saw 3 errors');
  expect(() => stressMeasurement('Exception in thread "main"', 1)).toThrow('reported no "Total errors"');
});
