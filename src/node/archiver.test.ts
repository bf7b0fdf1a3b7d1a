import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Archiver } from './archiver.ts';
import { runCommand } from './run-command.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ceto-archiver-'));
  mkdirSync(join(directory, 'archive'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function segment(shard: number, id: bigint, content = `${shard}/${id}`) {
  const path = join(directory, `${shard}-${id}`);
  writeFileSync(path, content);
  return { shard, id, path };
}

/** One that remembers, as the node's store does. */
function archiverOf(marks: Map<string, string>, told: string[], command = `/bin/cp %path ${directory}/archive/%name`) {
  return new Archiver({
    command,
    log: pino({ level: 'silent' }),
    isArchived: ({ shard, id }, mark) => marks.get(`${shard}/${id}`) === mark,
    archived: async ({ shard, id }, mark) => {
      marks.set(`${shard}/${id}`, mark);
      told.push(`${shard}/${id}`);
    },
  });
}

test('segments are archived in order, once each, and those of an earlier life not again', async () => {
  const marks = new Map<string, string>();
  const told: string[] = [];
  const first = archiverOf(marks, told);
  for (const each of [segment(0, 1n), segment(0, 2n), segment(0, 1n), segment(1, 4n)]) first.add(each);
  await expect.poll(() => told).toEqual(['0/1', '0/2', '1/4']);
  await first.stop();
  first.add(segment(0, 3n));
  expect(told).toHaveLength(3);

  told.length = 0;
  const second = archiverOf(marks, told, '/bin/false');
  for (const each of [segment(0, 1n), segment(0, 2n)]) second.add(each);
  await expect.poll(() => told).toEqual(['0/1', '0/2']);
  await second.stop();
  expect(second.failures).toBe(0);
});

test('a segment that was never archived is, whatever its id', async () => {
  const marks = new Map<string, string>();
  const told: string[] = [];
  const archiver = archiverOf(marks, told);
  archiver.add(segment(0, 7n, 'seven'));
  await expect.poll(() => told).toHaveLength(1);
  archiver.add(segment(0, 3n, 'three'));
  archiver.add(segment(0, 7n, 'another seven'));
  await expect.poll(() => told).toHaveLength(3);
  const archived = (id: number) => readFileSync(join(directory, `archive/shard-0-segment-${id}.log`), 'utf8');
  expect(archived(3)).toBe('three');
  expect(archived(7)).toBe('another seven');
  await archiver.stop();
});

test('a command that fails is tried again, and a stop ends that', async () => {
  const archiver = new Archiver({
    command: '/bin/false',
    log: pino({ level: 'silent' }),
    isArchived: () => false,
    archived: () => Promise.reject(new Error('nothing was archived')),
  });
  archiver.add(segment(0, 1n));
  await expect.poll(() => archiver.failures).toBe(1);
  await archiver.stop();
});

test('a command is words without a shell, and its failure says what it printed', async () => {
  await runCommand('/usr/bin/test %a = $HOME', { a: '$HOME' });
  await expect(runCommand('/bin/ls /nonexistent/%b', { b: 'c' })).rejects.toThrow(/exit code 2: .*nonexistent\/c/);
  await expect(runCommand('/nonexistent/program', {})).rejects.toThrow('ENOENT');
});
