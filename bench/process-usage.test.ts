import { expect, it } from 'vitest';
import { cpuMicros, residentBytes } from './process-usage.ts';

it('the CPU time of a process grows by what it uses', () => {
  const before = cpuMicros(process.pid);
  const own = process.cpuUsage();
  while (process.cpuUsage(own).user + process.cpuUsage(own).system < 200_000);
  const used = cpuMicros(process.pid) - before;
  expect(used).toBeGreaterThan(150_000);
});

it('resident memory is what Node says it is, give or take', () => {
  const own = process.memoryUsage.rss();
  expect(residentBytes(process.pid) / own).toBeGreaterThan(0.8);
  expect(residentBytes(process.pid) / own).toBeLessThan(1.25);
});
