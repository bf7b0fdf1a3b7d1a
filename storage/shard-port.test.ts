import { expect, test } from 'vitest';
import { MessageReader } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';
import type { MessagesHandler, NativeAddon } from './native.ts';
import { ShardError, ShardPort, type SlowRequest } from './shard-port.ts';

const DONE = 1;
const FAILED = 2;
const RESULT = 3;
const SLOW_REQUEST = 4;

/** Rings of `room` messages whose other side the test plays. */
class FakeAddon implements NativeAddon {
  room = Number.POSITIVE_INFINITY;
  readonly sent: { readonly shard: number; readonly message: Uint8Array }[] = [];
  deliver: MessagesHandler = () => {};

  attach(_port: number, onMessages: MessagesHandler) {
    this.deliver = onMessages;
    return {
      send: (shard: number, message: Uint8Array) => {
        if (this.room === 0) return false;
        this.room--;
        this.sent.push({ shard, message: message.slice() });
        return true;
      },
      detach: () => {},
    };
  }
  createNode(): void {}
  joinNode(): void {}
  setThreadNice(): void {}
  shardCount(): number {
    return 2;
  }
  answer(index: number, type: number, write: (writer: MessageWriter) => void = () => {}): void {
    const { shard, message } = this.sent[index] as { shard: number; message: Uint8Array };
    const reader = new MessageReader(message);
    reader.u8();
    const writer = new MessageWriter(type, reader.u32());
    write(writer);
    this.deliver(shard, [writer.finish()]);
  }
}

function makePort(onSlowRequest: (request: SlowRequest) => void = () => {}) {
  const addon = new FakeAddon();
  return { addon, port: new ShardPort(addon, 1, 2, onSlowRequest) };
}

const typeOf = (message: Uint8Array) => message[0];

test('a request to all shards resolves when the last has answered', async () => {
  const { addon, port } = makePort();
  let done = false;
  const flushed = port.flush().then(() => {
    done = true;
  });
  expect(addon.sent.map(({ shard }) => shard)).toEqual([0, 1]);
  addon.answer(0, DONE);
  await Promise.resolve();
  expect(done).toBe(false);
  addon.answer(1, DONE);
  await flushed;
});

test('messages that a full ring refused are sent later, in order', async () => {
  const { addon, port } = makePort();
  addon.room = 1;
  for (const kind of ['topology', 'status', 'schema'] as const) port.event(kind, new Uint8Array());
  const held = port.stats();
  expect(addon.sent).toHaveLength(1);
  addon.room = Number.POSITIVE_INFINITY;
  await new Promise((resolve) => setTimeout(resolve, 20));
  const toFirst = addon.sent.filter(({ shard }) => shard === 0).map(({ message }) => message);
  expect(toFirst.map(typeOf)).toEqual([11, 11, 11, 13]);
  expect(toFirst.slice(0, 3).map((message) => message[5])).toEqual([1, 2, 4]);
  addon.sent.forEach(({ message }, index) => {
    if (typeOf(message) === 13) addon.answer(index, DONE, (writer) => writer.u32(0));
  });
  expect(await held).toHaveLength(2);
});

test('a refusal comes out as ShardError with its code', async () => {
  const { addon, port } = makePort();
  const listening = port.listen('127.0.0.1', 9042, null);
  addon.answer(0, FAILED, (writer) => writer.u32(0xf001).string('address in use'));
  await expect(listening).rejects.toThrow(new ShardError(0xf001, 'address in use'));
});

test('a plan answers with opcode, flags and body', async () => {
  const { addon, port } = makePort();
  const running = port.runPlan(1, Uint8Array.of(9), 4, Uint8Array.of(7, 7));
  addon.answer(0, RESULT, (writer) =>
    writer
      .u8(8)
      .u8(0x08)
      .bytes(Uint8Array.of(1, 2, 3)),
  );
  const result = await running;
  expect([result.opcode, result.frameFlags, ...result.body]).toEqual([8, 8, 1, 2, 3]);
});

test('slow requests are read with their reason, traced ones with the address of the client', () => {
  const requests: SlowRequest[] = [];
  const { addon } = makePort((request) => requests.push(request));
  for (const reason of [1, 2, 3]) {
    const writer = new MessageWriter(SLOW_REQUEST, 0).u64(5n).u8(7).u8(4).u8(0).string('ks').u8(reason);
    if (reason === 3) writer.string('10.0.0.1');
    addon.deliver(1, [writer.bytes(Uint8Array.of(42)).finish()]);
  }
  expect(requests.map(({ reason, client }) => [reason, client])).toEqual([
    ['no-plan', null],
    ['slow-plan', null],
    ['traced', '10.0.0.1'],
  ]);
  for (const request of requests) {
    expect(request).toMatchObject({ shard: 1, request: 5n, opcode: 7, version: 4, keyspace: 'ks' });
    expect([...request.body]).toEqual([42]);
  }
});

test('an answer to nothing is a broken invariant', () => {
  const { addon } = makePort();
  expect(() => addon.deliver(0, [new MessageWriter(DONE, 77).finish()])).toThrow(/request 77, which is not open/);
});
