import { expect, test } from 'vitest';
import { sourceOf } from './loader-source.ts';

test('keyspace and table are the last two names, without id, snapshot and backups', () => {
  const id = '05975940e90111f1994049a1398cad93';
  const expected = { keyspace: 'ks', table: 'tb' };
  for (const path of ['/a/ks/tb', `/a/ks/tb-${id}`, `/a/ks/tb-${id}/snapshots/one`, `/a/ks/tb-${id}/backups/`]) {
    expect([path, sourceOf(path)]).toEqual([path, expected]);
  }
  expect(sourceOf('/tb')).toBeNull();
});
