import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { marshalName } from '../../cql/types/index.ts';
import { readStatistics, StatisticsError, withoutHistory } from './statistics.ts';

/** Files that Cassandra 5.0.6 wrote. */
const TESTDATA = join(import.meta.dirname, '../../addon/lsm/sstable/testdata');
const statisticsOf = (table: string) => readFileSync(join(TESTDATA, table, 'nb-1-big-Statistics.db'));

describe('Statistics.db', () => {
  test('the header tells keys and columns of every golden file', () => {
    for (const table of ['altered', 'blocks', 'composite', 'counters', 'kinds', 'many', 'manycols', 'wide']) {
      const { header, level, repairedAt } = readStatistics(statisticsOf(table), 'nb');
      expect([table, level, repairedAt]).toEqual([table, 0, 0n]);
      expect(header.keyType).toMatch(/^org\.apache\.cassandra\.db\.marshal\./);
    }
    const { header } = readStatistics(statisticsOf('counters'), 'nb');
    expect([...header.regulars.values()].map((type) => marshalName(type))).toContain(
      'org.apache.cassandra.db.marshal.CounterColumnType',
    );
    expect(readStatistics(statisticsOf('composite'), 'nb').header.keyType).toContain('CompositeType(');
  });

  test('level and repair time are taken back with a checksum that fits', () => {
    const original = statisticsOf('wide');
    expect(Buffer.compare(Buffer.from(withoutHistory(original, 'nb', { level: true, repaired: true })), original)).toBe(
      0,
    );
  });

  test('a flipped bit anywhere is found', () => {
    const original = statisticsOf('kinds');
    for (let at = 0; at < original.length; at += 7) {
      const damaged = Buffer.from(original);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x10, at);
      expect(() => readStatistics(damaged, 'nb'), `byte ${at}`).toThrow(StatisticsError);
    }
  });

  test('a file that is cut is refused', () => {
    const original = statisticsOf('kinds');
    for (const length of [0, 3, 8, 40, original.length - 1]) {
      expect(() => readStatistics(original.subarray(0, length), 'nb'), `${length} bytes`).toThrow(StatisticsError);
    }
  });
});
