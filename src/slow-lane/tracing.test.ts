import { expect, test } from 'vitest';
import { OPCODES } from '../../cql/protocol/index.ts';
import { uuidText } from '../../cql/types/index.ts';
import type { SlowRequest } from '../../storage/shard-port.ts';
import { makeTimeuuid, Trace, traceWrites } from './tracing.ts';

const request: SlowRequest = {
  shard: 0,
  request: 1n,
  opcode: OPCODES.query,
  version: 5,
  frameFlags: 2,
  keyspace: '',
  reason: 'traced',
  client: '127.0.0.9',
  body: new Uint8Array(),
};

test('timeuuids ascend and are of version 1', () => {
  const times = Array.from({ length: 1000 }, () => uuidText(makeTimeuuid()));
  const ticks = times.map((text) => {
    const [low, middle, high] = text.split('-') as [string, string, string];
    expect(high[0]).toBe('1');
    return BigInt(`0x${high.slice(1)}${middle}${low}`);
  });
  for (let i = 1; i < ticks.length; i++) expect(ticks[i]).toBeGreaterThan(ticks[i - 1] as bigint);
});

test('the session is written last, with the duration for which clients wait', () => {
  const trace = new Trace();
  trace.note('first');
  trace.note('second', 'shard');
  trace.describe({ consistency: 1, pageSize: 100, serialConsistency: null }, 'SELECT 1');
  const writes = traceWrites(trace, request, 1234);
  expect(writes).toHaveLength(3);
  expect(writes.slice(0, 2).map(({ values }) => [values[2], values[6]])).toEqual([
    ['first', 'Native-Transport-Requests'],
    ['second', 'shard'],
  ]);
  const session = writes[2];
  expect(session?.text).toContain('system_traces.sessions');
  expect(session?.values[1]).toBe('127.0.0.9');
  expect(session?.values[5]).toBe(1234);
  expect(session?.values[6]).toEqual(
    new Map([
      ['consistency_level', 'ONE'],
      ['page_size', '100'],
      ['query', 'SELECT 1'],
      ['serial_consistency_level', 'SERIAL'],
    ]),
  );
  expect(session?.values[7]).toBe('Execute CQL3 query');
});
