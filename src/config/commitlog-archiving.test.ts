import { expect, test } from 'vitest';
import { parseArchiving, parsePointInTime } from './commitlog-archiving.ts';

test('the file as Cassandra ships it archives and restores nothing', () => {
  const read = parseArchiving(
    '# commitlog archiving\narchive_command=\nrestore_command=\nrestore_directories=\nrestore_point_in_time=\n' +
      'snapshot_commitlog_position=\nprecision=MICROSECONDS\n',
    'p',
  );
  expect(read).toMatchObject({
    archiveCommand: null,
    restoreCommand: null,
    restoreDirectories: [],
    restoreUntilMicros: null,
    timestampMicros: 1n,
    snapshotPosition: 0n,
  });
});

test('commands, directories, time, precision and position are read', () => {
  const read = parseArchiving(
    'archive_command = /bin/ln %path \\\n  /backup/%name\nrestore_command: cp -f %from %to\n' +
      'restore_directories=/a,/b\nrestore_point_in_time=2026:11:25 18:30:01.250\n',
    'p',
  );
  expect(read.archiveCommand).toBe('/bin/ln %path /backup/%name');
  expect(read.restoreCommand).toBe('cp -f %from %to');
  expect(read.restoreDirectories).toEqual(['/a', '/b']);
  expect(parseArchiving('precision=SECONDS\nsnapshot_commitlog_position=2, 4096', 'p')).toMatchObject({
    timestampMicros: 1_000_000n,
    snapshotPosition: (2n << 32n) | 4096n,
  });
  const latest = parseArchiving('snapshot_commitlog_position=1795000123,4096', 'p');
  expect(latest.snapshotPosition).toBe((1_795_000_123n << 32n) | 4096n);
});

test('a point in time is GMT, with milliseconds or microseconds or neither', () => {
  const start = BigInt(Date.UTC(2026, 10, 25, 18, 30, 1)) * 1_000n;
  expect(parsePointInTime('2026:11:25 18:30:01')).toBe(start);
  expect(parsePointInTime('2026:11:25 18:30:01.123')).toBe(start + 123_000n);
  expect(parsePointInTime('2026:11:25 18:30:01.123456')).toBe(start + 123_456n);
  for (const wrong of [
    '2026-11-25 18:30:01',
    '2026:02:30 00:00:00',
    '2026:11:25 24:00:00',
    '2026:11:25 18:30',
    'now',
  ]) {
    expect(parsePointInTime(wrong)).toBeNull();
  }
});

test('values that cannot be are refused with the name of the file', () => {
  expect(() => parseArchiving('restore_point_in_time=yesterday', 'x.properties')).toThrow(
    'x.properties: Unable to parse restore target time: yesterday',
  );
  expect(() => parseArchiving('precision=NANOSECONDS', 'p')).toThrow('NANOSECONDS level precision is not supported.');
  expect(() => parseArchiving('precision=WEEKS', 'p')).toThrow('Unable to parse precision of value WEEKS');
  for (const wrong of ['7', '4294967296,0', '7,4294967296']) {
    expect(() => parseArchiving(`snapshot_commitlog_position=${wrong}`, 'p')).toThrow('<segment>,<position>');
  }
  expect(() => parseArchiving('restore_directories=/a', 'p')).toThrow('need a restore_command');
});
