import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NodeStore } from './node-store.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ceto-node-store-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('identity, keyspaces and prepared statements survive a restart', async () => {
  const first = new NodeStore(directory);
  const identity = await first.identity('c1', () => ['17']);
  await first.putKeyspaces(new Map([['k', { name: 'k' }]]));
  await first.putPrepared('ab', { keyspace: null, text: 'SELECT 1' });
  await first.close();

  const second = new NodeStore(directory);
  expect(await second.identity('other', () => ['18'])).toEqual(identity);
  expect(second.keyspaces()).toEqual([{ name: 'k' }]);
  expect(second.prepared('ab')).toMatchObject({ keyspace: null, text: 'SELECT 1' });
  await second.close();
});

test('a keyspace that is removed is gone', async () => {
  const store = new NodeStore(directory);
  await store.putKeyspaces(new Map([['k', { name: 'k' }]]));
  await store.putKeyspaces(new Map([['k', null]]));
  expect(store.keyspaces()).toEqual([]);
  await store.close();
});

test('dropped tables are remembered with the change that drops them, until they are forgotten', async () => {
  const table = { keyspace: 'k', name: 't', id: 'a2fce800-9103-1116-b205-699de477964d' };
  const first = new NodeStore(directory);
  await first.putKeyspaces(new Map([['k', null]]), [table]);
  await first.close();

  const second = new NodeStore(directory);
  expect(second.dropped()).toEqual([table]);
  expect(second.droppedCount()).toBe(1);
  expect(second.droppedTable(table.id)).toEqual(table);
  await second.forgetDropped();
  expect(second.dropped()).toEqual([]);
  expect(second.droppedTable(table.id)).toBeUndefined();
  await second.close();
});

test('what of the commit log was archived is known after a restart, and the largest id only grows', async () => {
  const first = new NodeStore(directory);
  expect(first.lastArchived()).toBe(0n);
  await first.putArchived({ shard: 0, id: 1_800_000_009n }, 'nine');
  await first.putArchived({ shard: 1, id: 1_800_000_007n }, 'seven');
  await first.putArchived({ shard: 0, id: 3n }, 'three');
  await first.close();

  const second = new NodeStore(directory);
  expect(second.lastArchived()).toBe(1_800_000_009n);
  expect(second.isArchived({ shard: 0, id: 3n }, 'three')).toBe(true);
  expect(second.isArchived({ shard: 0, id: 3n }, 'another')).toBe(false);
  expect(second.isArchived({ shard: 1, id: 3n }, 'three')).toBe(false);
  await second.close();
});
