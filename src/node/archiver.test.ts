import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Archiver } from './archiver.ts';
import { runCommand } from './run-command.ts';

test('segments are archived in order, once each, and those of an earlier life not again', async () => {
  const archived: string[] = [];
  const archiver = new Archiver({
    command: '/bin/true %path %name',
    log: pino({ level: 'silent' }),
    lastArchived: (shard) => (shard === 1 ? 5n : null),
    archived: async ({ shard, id }) => void archived.push(`${shard}/${id}`),
  });
  const segment = (shard: number, id: bigint) => ({ shard, id, path: `/x/${id}` });
  for (const each of [segment(0, 1n), segment(0, 2n), segment(0, 1n), segment(1, 4n)]) archiver.add(each);
  await expect.poll(() => archived).toEqual(['0/1', '0/2', '1/4']);
  await archiver.stop();
  archiver.add(segment(0, 3n));
  expect(archived).toHaveLength(3);
});

test('a command that fails is tried again, and a stop ends that', async () => {
  const archiver = new Archiver({
    command: '/bin/false',
    log: pino({ level: 'silent' }),
    lastArchived: () => null,
    archived: () => Promise.reject(new Error('nothing was archived')),
  });
  archiver.add({ shard: 0, id: 1n, path: '/x' });
  await expect.poll(() => archiver.failures).toBe(1);
  await archiver.stop();
});

test('a command is words without a shell, and its failure says what it printed', async () => {
  await runCommand('/usr/bin/test %a = $HOME', { a: '$HOME' });
  await expect(runCommand('/bin/ls /nonexistent/%b', { b: 'c' })).rejects.toThrow(/exit code 2: .*nonexistent\/c/);
  await expect(runCommand('/nonexistent/program', {})).rejects.toThrow('ENOENT');
});
