import { expect, test } from 'vitest';
import type { CompactionHistoryEntry, CompactionStatistics } from '../admin/maintenance-operations.ts';
import {
  compactionHistoryReport,
  compactionStatsReport,
  tableHistogramsReport,
  tableText,
} from './compaction-reports.ts';

const STATISTICS: CompactionStatistics = {
  concurrentCompactors: 3,
  pending: [],
  completed: 35,
  bytesCompacted: 1_070_604,
  aborted: 0,
  reduced: 2,
  sstablesDropped: 3,
  perMinute15: 13.99,
  meanPerHour: 5976.69,
  throughputBytes: 0,
  tasks: [],
};

// What follows is what Cassandra 5.0.6 printed for the same figures.

test('compactionstats of an idle node', () => {
  expect(compactionStatsReport(STATISTICS)).toBe(
    [
      'concurrent compactors            3                      ',
      'pending tasks                    0                      ',
      'compactions completed            35                     ',
      'data compacted                   1070604                ',
      'compactions aborted              0                      ',
      'compactions reduced              2                      ',
      'sstables dropped from compaction 3                      ',
      '15 minute rate                   13.99/minute           ',
      'mean rate                        5976.69/hour           ',
      'compaction throughput (MiB/s)    throttling disabled (0)',
    ].join('\n'),
  );
});

test('compactionstats while a compaction runs', () => {
  const running: CompactionStatistics = {
    ...STATISTICS,
    completed: 38,
    bytesCompacted: 1_299_056,
    perMinute15: 13.87,
    meanPerHour: 2992.5,
    throughputBytes: 2 ** 20,
    pending: [{ keyspace: 'ks', table: 'big', tasks: 1 }],
    tasks: [
      {
        id: '97cb05a0-e901-11f1-a700-8de8da18b8b0',
        operation: 'MAJOR_COMPACTION',
        kind: 'Major compaction',
        keyspace: 'ks',
        table: 'big',
        done: '23295811',
        total: '64264292',
        unit: 'bytes',
        sstables: 2,
        directory: '/data/ks/big',
      },
    ],
  };
  const lines = compactionStatsReport(running).split('\n');
  expect(lines[1]).toBe(
    'pending tasks                        1                                                                ',
  );
  expect(lines[2]).toBe(
    'ks                                   big              1                                               ',
  );
  expect(lines.slice(-3)).toEqual([
    'id                                   compaction type  keyspace table completed total    unit  progress',
    '97cb05a0-e901-11f1-a700-8de8da18b8b0 Major compaction ks       big   23295811  64264292 bytes 36.25%  ',
    'active compaction remaining time     0h00m39s                                                         ',
  ]);
  expect(compactionStatsReport(running, { humanReadable: true })).toContain('22.22 MiB 61.29 MiB bytes 36.25%');
  expect(compactionStatsReport(running, { vtable: true })).toContain('completion ratio kind ');
});

const ENTRY: CompactionHistoryEntry = {
  id: '90994940-e901-11f1-a700-8de8da18b8b0',
  keyspace: 'ks',
  table: 't',
  compactedAtMillis: new Date(2026, 10, 25, 18, 53, 55, 744).getTime(),
  bytesIn: '19386',
  bytesOut: '10240',
  rowsMerged: [
    [1, '10'],
    [2, '150'],
  ],
  properties: [['compaction_type', 'Major compaction']],
};

test('compactionhistory as a table', () => {
  expect(compactionHistoryReport([ENTRY], '')).toBe(
    [
      'Compaction History: ',
      'id                                   keyspace_name columnfamily_name compacted_at            bytes_in bytes_out rows_merged   compaction_properties             ',
      '90994940-e901-11f1-a700-8de8da18b8b0 ks            t                 2026-11-25T18:53:55.744 19386    10240     {1:10, 2:150} {compaction_type:Major compaction}',
    ].join('\n'),
  );
  expect(compactionHistoryReport([], '')).toBe('There is no compaction history');
});

test('compactionhistory as JSON and YAML', () => {
  expect(compactionHistoryReport([ENTRY, ENTRY], 'json')).toMatch(
    /^\{\n {2}"CompactionHistory" : \[ \{\n {4}"keyspace_name" : "ks",\n {4}"bytes_out" : 10240,/,
  );
  expect(JSON.parse(compactionHistoryReport([ENTRY, ENTRY], 'json')).CompactionHistory).toHaveLength(2);
  expect(compactionHistoryReport([ENTRY], 'yaml')).toBe(
    [
      'CompactionHistory:',
      '- keyspace_name: ks',
      '  bytes_out: 10240',
      '  bytes_in: 19386',
      "  compaction_properties: '{compaction_type:Major compaction}'",
      '  columnfamily_name: t',
      "  rows_merged: '{1:10, 2:150}'",
      '  id: 90994940-e901-11f1-a700-8de8da18b8b0',
      "  compacted_at: '2026-11-25T18:53:55.744'",
      '',
    ].join('\n'),
  );
});

test('tablehistograms has the sizes and cells of the files', () => {
  const lines = tableHistogramsReport('ks', 't', {
    partitionSizes: [
      ['372', '10'],
      ['446', '150'],
    ],
    cellCounts: [['5', '160']],
  }).split('\n');
  expect(lines[0]).toBe('ks/t histograms');
  expect(lines[3]).toMatch(/^50% .* 446 +5$/);
  expect(lines.find((line) => line.startsWith('Max'))).toMatch(/446 +5$/);
  expect(lines[1]?.length).toBe(lines[3]?.length);
});

test('a table of statuses', () => {
  expect(
    tableText([
      ['Keyspace', 'Table', 'Status'],
      ['ks', 'big', 'running'],
      ['ks', 't', 'not running'],
    ]),
  ).toBe(['Keyspace Table Status     ', 'ks       big   running    ', 'ks       t     not running'].join('\n'));
});
