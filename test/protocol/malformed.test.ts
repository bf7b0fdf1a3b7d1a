import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTarget, type Target } from '../clients/target.ts';
import { OPCODE } from '../protocol-client/frames.ts';
import { answerTo, type Malformed, malformedRequests } from './malformed.ts';
import { queryBytes, RawSocket } from './raw-socket.ts';

/** Recorded from Cassandra 5.0.6 by record-answers.ts. */
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'cassandra-answers.json'), 'utf8')) as Record<
  string,
  string
>;

let target: Target;
const answers = new Map<string, string>();

/** All at once, each on a connection of its own: the time goes into waiting for a server that may hang up. */
beforeAll(async () => {
  target = await startTarget();
  await Promise.all(
    malformedRequests().map(async (request) => {
      answers.set(request.name, await answerTo(target, request).catch((error) => `failed: ${error}`));
    }),
  );
});

afterAll(() => target?.stop());

const NO_SUCH_VERSION =
  /^ERROR 0x000a Invalid or unsupported protocol version \(6\); supported versions are \(3\/v3, 4\/v4, 5\/v5\)/;

/** What Ceto answers otherwise on purpose, by the end of the request's name. */
const MEANT: readonly (readonly [string, RegExp])[] = [
  // Cassandra has a beta version to offer.
  ['STARTUP with version 6', NO_SUCH_VERSION],
  ['v6 with the beta flag', NO_SUCH_VERSION],
  // Cassandra overlooks the direction before STARTUP, and lets a client in that it did not ask who it is.
  ['a response in place of a request', /^ERROR 0x000a Wrong protocol direction/],
  ['an AUTH_RESPONSE that nobody asked for', /^ERROR 0x000a Unexpected message AUTH_RESPONSE/],
  // Ceto misses the bytes of another field first.
  ['a custom payload that ends early', /^ERROR 0x000a Not enough bytes to read/],
  // Cassandra takes the length for what Java's signed number says.
  ['an envelope of negative length', /^ERROR 0x(2200|000a) .*, then (open|closed)$/s],
];

/**
 * What is asked of Ceto where Cassandra answers so. Where Cassandra names a Java exception, says nothing, or
 * compresses the error, any error or a closed connection will do; before STARTUP either may hang up.
 */
function expected(request: Malformed, cassandra: string): RegExp {
  const meant = MEANT.find(([name]) => request.name.endsWith(name));
  if (meant !== undefined) return meant[1];
  const [answer = '', end = ''] = splitAnswer(cassandra);
  if (/^(ERROR 0x0000|silent|ERROR, compressed|closed)$/.test(answer)) {
    return /^(ERROR 0x(0000|000a|2200).*|ERROR, compressed|closed), then (open|closed)$/s;
  }
  const words = escaped(answer.replace(', 6/v6-beta)', ')').replace('previousmessages', 'previous messages'));
  return new RegExp(`^${words}, then ${request.started !== null ? end : '(open|closed)'}$`, 's');
}

function splitAnswer(answer: string): string[] {
  const at = answer.lastIndexOf(', then ');
  return [answer.slice(0, at), answer.slice(at + ', then '.length)];
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

test.for(malformedRequests())('$name is answered as Cassandra answers it', (request) => {
  const cassandra = recorded[request.name];
  if (cassandra === undefined) throw new Error('not recorded');
  expect(answers.get(request.name)).toMatch(expected(request, cassandra));
});

test('after all of them the node serves as before', async () => {
  for (const version of [3, 4, 5] as const) {
    const raw = await RawSocket.started(target, version);
    raw.send(queryBytes(version, 'SELECT key FROM system.local'));
    expect((await raw.reply())?.opcode).toBe(OPCODE.result);
    raw.close();
  }
});
