import { expect, test } from 'vitest';
import { missingMarks } from './snapshots.ts';
import { fileSets, generationOf, isComplete } from './sstable-name.ts';

test('files of a directory are put together by generation, with their marks', () => {
  const sets = fileSets([
    'manifest.json',
    'nb-2048-big-Data.db',
    'nb-2048-big-Shard-0-of-2.txt',
    'nb-2048-big-TOC.txt',
    'nb-3fw2_0tj4_46w3k2cpidnirvjy7k-big-Data.db',
    'nb-3fw2_0tj4_46w3k2cpidnirvjy7k-big-Rewritten-1-of-3.txt',
    'tmp-nb-9-big-Data.db',
    'oa-7-big-TOC.txt',
    'nb_txn_compaction_x.log',
  ]);
  expect(sets.map(({ prefix, share, rewritten }) => ({ prefix, share, rewritten }))).toEqual([
    { prefix: 'nb-2048-big', share: { shard: 0, count: 2 }, rewritten: [] },
    { prefix: 'nb-3fw2_0tj4_46w3k2cpidnirvjy7k-big', share: null, rewritten: [{ shard: 1, count: 3 }] },
    { prefix: 'oa-7-big', share: null, rewritten: [] },
  ]);
  expect(sets.map(isComplete)).toEqual([true, false, true]);
});

test('a set has the generation that shards know it by', () => {
  expect(generationOf('1024')).toBe(1024n);
  // addon/lsm/sstable/sstable_test.cc has the same.
  expect(generationOf('3h5u_0dqj_3xglm255jrkpa62vtj')).toBe(14895147137285343236n);
  for (const other of ['x', '3h5u_0dqj_3xglm255jrkpa62vt', '9223372036854775808', '']) {
    expect(generationOf(other)).toBeNull();
  }
});

test('a shared set that some shards have rewritten is marked so in the snapshot', () => {
  const shared = { generation: 7n, shared: true };
  const own = { generation: 1024n, shared: false };
  const linked = fileSets(['me-7-big-Data.db', 'nb-1024-big-Data.db']);
  expect(missingMarks([[shared], [own], [shared]], linked)).toEqual(['me-7-big-Rewritten-1-of-3.txt']);
  expect(missingMarks([[shared], [shared]], linked)).toEqual([]);
  expect(missingMarks([[own], []], linked)).toEqual([]);
  const uuid = '3h5u_0dqj_3xglm255jrkpa62vtj';
  const named = { generation: generationOf(uuid) ?? 0n, shared: true };
  expect(missingMarks([[named], []], fileSets([`nb-${uuid}-big-Data.db`]))).toEqual([
    `nb-${uuid}-big-Rewritten-1-of-2.txt`,
  ]);
});
