import { expect, test } from 'vitest';
import type { TableStatistics } from '../admin/operations.ts';
import { tableStatsReport } from './table-stats-report.ts';

const TABLE: TableStatistics = {
  keyspace: 'ks',
  table: 'lcs',
  numbers: {
    ...{ sstables: 1, disk_bytes: 5485, uncompressed_bytes: 580, writes_total: 60, bloom_bytes: 24 },
    ...{ bloom_false_positives_total: 2, bloom_true_positives_total: 5, bloom_true_negatives_total: 9 },
  },
  files: {
    old: 0,
    maxBytes: 5485,
    leveled: true,
    levels: [{ sstables: 1, bytes: 208 }],
    repairedBytes: 0,
    unrepairedBytes: 580,
  },
};

// The lines are Cassandra 5.0.6's for a table of these figures.
test('tablestats of a leveled table', () => {
  const report = tableStatsReport([TABLE], { humanReadable: true });
  for (const line of [
    'Total number of tables: 1',
    'Keyspace: ks',
    '\tRead Latency: NaN ms',
    '\t\tTable: lcs',
    '\t\tMax SSTable size: 5.356KiB',
    '\t\tSSTables in each level: [1, 0, 0, 0, 0, 0, 0, 0, 0]',
    '\t\tSSTable bytes in each level: [208 bytes, 0 bytes, 0 bytes, 0 bytes, 0 bytes, 0 bytes, 0 bytes, 0 bytes, 0 bytes]',
    '\t\tSpace used (live): 5.36 KiB',
    '\t\tPercent repaired: 0.0',
    '\t\tBytes unrepaired: 580B',
    '\t\tLocal write count: 60',
    '\t\tBloom filter false positives: 2',
    '\t\tBloom filter false ratio: 0.12500',
    '\t\tBloom filter space used: 24 bytes',
  ]) {
    expect(report.split('\n')).toContain(line);
  }
});

test('a level with more than it should have shows how many it should', () => {
  const numbers = {
    ...TABLE.numbers,
    sstables_level_0: 7,
    sstables_limit_level_0: 4,
    sstables_level_1: 3,
    sstables_limit_level_1: 10,
  };
  expect(tableStatsReport([{ ...TABLE, numbers }])).toContain('SSTables in each level: [7/4, 3, 0, 0, 0, 0, 0, 0, 0]');
});

test('other tables have no levels, and sizes are bytes unless asked otherwise', () => {
  const report = tableStatsReport([{ ...TABLE, files: { ...TABLE.files, leveled: false } }]);
  expect(report).not.toContain('each level');
  expect(report).toContain('\t\tSpace used (total): 5485\n');
});
