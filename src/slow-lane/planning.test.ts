import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { CqlError } from '../../cql/errors/index.ts';
import { Schema } from '../../cql/schema/index.ts';
import { Planning, textKeyOf } from './planning.ts';
import { LruMap } from './statement-cache.ts';

const TEXT = 'DESCRIBE CLUSTER';

test('a plan is kept until the schema changes', () => {
  const planning = new Planning(new Schema([]), async () => null);
  const first = planning.plan(TEXT, null);
  expect(planning.plan(TEXT, null)).toBe(first);
  expect(planning.plan(TEXT, 'other')).not.toBe(first);
  planning.schema = new Schema([]);
  expect(planning.plan(TEXT, null)).not.toBe(first);
});

test('the id of a prepared statement is the MD5 of keyspace and text', () => {
  const planning = new Planning(new Schema([]), async () => null);
  const { id } = planning.prepare(TEXT, 'ks');
  expect(Buffer.from(id).toString('hex')).toBe(createHash('md5').update(`ks${TEXT}`).digest('hex'));
  expect(planning.textOf(id)).toBe(TEXT);
});

test('a prepared statement of another worker is found through main, an unknown one is UNPREPARED', async () => {
  const asked: string[] = [];
  const planning = new Planning(new Schema([]), async (id) => {
    asked.push(id);
    return asked.length === 1 ? { keyspace: null, text: TEXT } : null;
  });
  const id = new Uint8Array(16).fill(1);
  expect((await planning.planPrepared(id)).plan.kind).toBe('describe');
  expect((await planning.planPrepared(id)).plan.kind).toBe('describe');
  expect(asked).toEqual(['01'.repeat(16)]);
  await expect(planning.planPrepared(new Uint8Array(16).fill(2))).rejects.toThrow(CqlError);
});

test('the key of a text holds its keyspace before a zero', () => {
  expect(textKeyOf('SELECT', null)).toBe('\0SELECT');
  expect(textKeyOf('SELECT', 'ks')).toBe('ks\0SELECT');
});

test('the least recently used entry goes first', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect(map.size).toBe(2);
  expect(map.get('b')).toBeUndefined();
  expect(map.get('a')).toBe(1);
});
