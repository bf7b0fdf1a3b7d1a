import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LONG, startTarget, type Target } from '../clients/target.ts';
import { encodeEnvelope, OPCODE, type ProtocolVersion } from '../protocol-client/frames.ts';
import { startupBody } from '../protocol-client/requests.ts';
import { envelope, OPTIONS_OPCODE, queryBytes, RawSocket, READY_OPCODE, SUPPORTED_OPCODE } from './raw-socket.ts';

const SELECT = 'SELECT key FROM system.local';
const VERSIONS = [3, 4, 5] as const;
const RANDOM_CONNECTIONS = LONG ? 5_000 : 400;
let target: Target;

beforeAll(async () => {
  target = await startTarget();
});

afterAll(() => target?.stop());

async function expectServing(version: ProtocolVersion = 4): Promise<void> {
  const raw = await RawSocket.started(target, version);
  raw.send(queryBytes(version, SELECT));
  expect((await raw.reply())?.opcode).toBe(OPCODE.result);
  raw.close();
}

test.for(VERSIONS)('v%i: a request that arrives byte by byte is answered', async (version) => {
  const raw = await RawSocket.open(target);
  for (const byte of encodeEnvelope(version, 0, OPCODE.startup, startupBody())) {
    raw.send(Buffer.of(byte));
    await sleep(0);
  }
  expect((await raw.reply())?.opcode).toBe(READY_OPCODE);
  raw.close();
});

test.for(VERSIONS)('v%i: a thousand requests in one write are all answered, each on its stream', async (version) => {
  const raw = await RawSocket.started(target, version);
  const streams = Array.from({ length: 1_000 }, (_, stream) => stream);
  raw.send(Buffer.concat(streams.map((stream) => queryBytes(version, SELECT, stream))));
  const answered: number[] = [];
  for (const _ of streams) {
    const reply = await raw.reply();
    expect(reply?.opcode).toBe(OPCODE.result);
    answered.push(reply?.stream ?? -1);
  }
  expect(answered.sort((a, b) => a - b)).toEqual(streams);
  raw.close();
});

test.for(VERSIONS)('v%i: a request of several megabytes is read whole', async (version) => {
  const raw = await RawSocket.started(target, version);
  // The comment makes it long without making it much.
  raw.send(queryBytes(version, `${SELECT} /* ${'long '.repeat(800_000)} */`));
  expect((await raw.reply())?.opcode).toBe(OPCODE.result);
  raw.close();
});

test.for(VERSIONS)('v%i: clients that vanish in the middle of a request are forgotten', async (version) => {
  const request = queryBytes(version, SELECT);
  for (let length = 0; length <= request.length; length++) {
    const raw = await RawSocket.started(target, version);
    raw.send(request.subarray(0, length));
    if (length % 2 === 0) await sleep(1);
    raw.close();
  }
  await expectServing(version);
});

test('a client that never reads its replies does not stop the others', async () => {
  const raw = await RawSocket.started(target, 4);
  raw.pause();
  const many = Buffer.concat(Array.from({ length: 500 }, (_, i) => queryBytes(4, 'SELECT * FROM system.local', i)));
  for (let round = 0; round < 20; round++) raw.send(many);
  for (let i = 0; i < 10; i++) await expectServing();
  raw.close();
  await expectServing();
});

test('OPTIONS is answered before STARTUP, as drivers ask it', async () => {
  const raw = await RawSocket.open(target);
  raw.send(envelope({ version: 4, opcode: OPTIONS_OPCODE }));
  expect((await raw.reply())?.opcode).toBe(SUPPORTED_OPCODE);
  raw.send(envelope({ version: 4, opcode: OPCODE.startup, body: startupBody() }));
  expect((await raw.reply())?.opcode).toBe(READY_OPCODE);
  raw.close();
});

test('random bytes and requests with random damage do no harm', async () => {
  const seed = Number(process.env['CETO_TEST_SEED'] ?? Date.now() % 2 ** 31);
  const random = generator(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  console.log(`random frames: CETO_TEST_SEED=${seed} replays them`);
  for (let i = 0; i < RANDOM_CONNECTIONS; i++) {
    const version = VERSIONS[below(3)] ?? 4;
    const raw = below(4) === 0 ? await RawSocket.open(target) : await RawSocket.started(target, version);
    raw.ignoreReplies();
    for (let part = 0; part < 1 + below(4); part++) {
      const bytes = below(3) === 0 ? Buffer.alloc(below(300)) : queryBytes(version, SELECT, below(100));
      if (bytes.length === 0) continue;
      if (below(3) === 0) for (let at = 0; at < bytes.length; at++) bytes.writeUInt8(below(256), at);
      for (let damage = 0; damage < below(4); damage++) bytes.writeUInt8(below(256), below(bytes.length));
      raw.send(bytes);
    }
    if (i % 4 === 0) await sleep(1);
    raw.close();
    if (i % 100 === 0) await expectServing();
  }
  for (const version of VERSIONS) await expectServing(version);
}, 120_000);

/** Mulberry32: a small generator whose sequence its seed decides. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
