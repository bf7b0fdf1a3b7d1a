import { expect, test } from 'vitest';
import { addedLine } from './transaction-log.ts';

test('a line has the checksum that Cassandra computes', () => {
  expect(addedLine('/d/k/t-1/nb-7-big-')).toBe('ADD:[/d/k/t-1/nb-7-big-,0,0][403487021]\n');
});
