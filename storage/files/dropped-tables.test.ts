import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeDroppedTables } from './dropped-tables.ts';

const ID = 'a2fce800-9103-1116-b205-699de477964d';
const TABLE = { keyspace: 'k', name: 't', id: ID };

let data = '';
let directory = '';
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'ceto-dropped-'));
  directory = join(data, 'k', `t-${ID.replaceAll('-', '')}`);
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

function put(name: string): void {
  mkdirSync(join(directory, name, '..'), { recursive: true });
  writeFileSync(join(directory, name), '');
}

test('the files and the directory of a dropped table go, those of another table stay', async () => {
  put('nb-1024-big-Data.db');
  put('nb_txn_compaction_1.log');
  const other = join(data, 'k', `t-${'0'.repeat(32)}`);
  mkdirSync(other);
  await removeDroppedTables(data, [TABLE]);
  expect(readdirSync(join(data, 'k'))).toEqual([`t-${'0'.repeat(32)}`]);
});

test('snapshots and backups stay', async () => {
  put('nb-1024-big-Data.db');
  put('snapshots/dropped-1-t/nb-1024-big-Data.db');
  put('backups/nb-1024-big-Data.db');
  await removeDroppedTables(data, [TABLE]);
  expect(readdirSync(directory).sort()).toEqual(['backups', 'snapshots']);
  expect(existsSync(join(directory, 'snapshots/dropped-1-t/nb-1024-big-Data.db'))).toBe(true);
});

test('what is gone already is no error', async () => {
  await removeDroppedTables(data, [TABLE]);
  mkdirSync(join(data, 'k'));
  await removeDroppedTables(data, [TABLE]);
});
