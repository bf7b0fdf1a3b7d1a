import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { CqlError, invalidRequest } from '../../cql/errors/index.ts';
import { Channel } from './channel.ts';

interface Requests {
  double: { readonly request: number; readonly response: number };
  refuse: { readonly request: null; readonly response: null };
  break: { readonly request: null; readonly response: null };
}

const open: MessageChannel[] = [];

function makePair(): Channel<Requests, Record<never, never>> {
  const ports = new MessageChannel();
  open.push(ports);
  new Channel<Record<never, never>, Requests>(ports.port2, {
    double: async (value) => value * 2,
    refuse: async () => {
      throw invalidRequest('no such table');
    },
    break: async () => {
      throw new TypeError('a defect');
    },
  });
  return new Channel<Requests, Record<never, never>>(ports.port1, {});
}

afterEach(() => {
  for (const ports of open.splice(0)) ports.port1.close();
});

test('every request is answered with its own answer', async () => {
  const channel = makePair();
  const values = Array.from({ length: 50 }, (_, index) => index);
  expect(await Promise.all(values.map((value) => channel.ask('double', value)))).toEqual(values.map((v) => v * 2));
});

test("a client's error keeps its code and words on the way", async () => {
  const error = await makePair()
    .ask('refuse', null)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CqlError);
  expect((error as CqlError).message).toBe('no such table');
  expect((error as CqlError).fields).toEqual(invalidRequest('no such table').fields);
});

test('a defect comes out as an error with its text', async () => {
  await expect(makePair().ask('break', null)).rejects.toThrow(/a defect/);
});
