import { expect, test } from 'vitest';
import { parseConfiguration } from '../config/config.ts';
import { cacheRow, clientRow, mebibytesRow, settingRows, sstableTaskRow } from './virtual-rows.ts';

test('settings read as a configuration file would have them', () => {
  const { settings } = parseConfiguration('read_request_timeout: 7s\ncompaction_throughput: 16MiB/s', 'test');
  const rows = new Map(settingRows(settings).map(({ name, value }) => [name, value]));
  expect(rows.get('read_request_timeout')).toBe('7000ms');
  expect(rows.get('compaction_throughput')).toBe('16MiB/s');
  expect(rows.get('commitlog_segment_size')).toBe('32MiB');
  expect(rows.get('batch_size_warn_threshold')).toBe('5KiB');
  expect(rows.get('commitlog_sync')).toBe('group');
  expect(rows.get('num_tokens')).toBe('16');
});

test('a task of no bytes is at its beginning', () => {
  const row = sstableTaskRow({
    id: new Uint8Array(16),
    operation: 'SCRUB',
    kind: 'Scrub',
    keyspace: 'ks',
    table: 't',
    done: 0n,
    total: 0n,
    unit: 'bytes',
    sstables: 1,
    directory: '/data',
  });
  expect(row).toMatchObject({ completion_ratio: 0, kind: 'scrub' });
});

test('what a client did not say is null', () => {
  const row = clientRow({
    shard: 0,
    address: '127.0.0.1',
    port: 40_000,
    version: 5,
    keyspace: '',
    requests: 3n,
    driverName: '',
    driverVersion: '',
  });
  expect(row).toMatchObject({ hostname: 'localhost', keyspace_name: null, driver_name: null, request_count: 3n });
});

test('a started mebibyte counts, and a cache that nobody asked has no ratio', () => {
  expect(mebibytesRow('ks', 't', 1).mebibytes).toBe(1n);
  expect(mebibytesRow('ks', 't', 0).mebibytes).toBe(0n);
  expect(cacheRow('chunks', { entries: 0, bytes: 0, limitBytes: 1, hits: 0, misses: 0 }).hit_ratio).toBeNull();
});
