/** Requests that no driver sends. What Cassandra answers to each stands in cassandra-answers.json. */
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeSegments, OPCODE, type ProtocolVersion } from '../protocol-client/frames.ts';
import { queryBody, startupBody } from '../protocol-client/requests.ts';
import { WireWriter } from '../protocol-client/wire.ts';
import { describeEnvelope, envelope, OPTIONS_OPCODE, queryBytes, RawSocket, SILENCE_MS } from './raw-socket.ts';

export interface Malformed {
  readonly name: string;
  /** null: sent before STARTUP. */
  readonly started: ProtocolVersion | null;
  readonly options?: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

const BATCH = 0x0d;
const REGISTER = 0x0b;
const AUTH_RESPONSE = 0x0f;
const COMPRESSED = 0x01;
const BETA = 0x10;
const SELECT = 'SELECT key FROM system.local';
const garbage = Buffer.from('this is neither LZ4 nor Snappy nor anything else');

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const startup = (options: Readonly<Record<string, string>>) => new WireWriter().stringMap(options).finish();

function beforeStartup(): Malformed[] {
  const versions = [0, 1, 2, 6, 0x41, 0x7f].map((version) => ({
    name: `STARTUP with version ${version}`,
    started: null,
    bytes: envelope({ version, opcode: OPCODE.startup, body: startupBody() }),
  }));
  const cases: Omit<Malformed, 'started'>[] = [
    { name: 'v6 with the beta flag', bytes: envelope({ version: 6, flags: BETA, opcode: OPTIONS_OPCODE }) },
    { name: 'a web browser', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n') },
    { name: 'a TLS greeting', bytes: hex('16 03 01 00 f8 01 00 00 f4 03 03 00 01 02 03 04 05 06 07 08 09 0a 0b 0c') },
    { name: 'a response in place of a request', bytes: envelope({ version: 0x84, opcode: OPCODE.ready }) },
    { name: 'an opcode that is a response', bytes: envelope({ version: 4, opcode: OPCODE.result }) },
    { name: 'an unknown opcode', bytes: envelope({ version: 4, opcode: 0x63 }) },
    { name: 'a negative length', bytes: envelope({ version: 4, opcode: OPTIONS_OPCODE, length: -1 }) },
    { name: 'a length of 300 MB', bytes: envelope({ version: 4, opcode: OPTIONS_OPCODE, length: 300 << 20 }) },
    { name: 'a QUERY', bytes: queryBytes(4, SELECT) },
    { name: 'an AUTH_RESPONSE', bytes: envelope({ version: 4, opcode: AUTH_RESPONSE, body: hex('00000001 00') }) },
    { name: 'a STARTUP without a body', bytes: envelope({ version: 4, opcode: OPCODE.startup }) },
    {
      name: 'a STARTUP without CQL_VERSION',
      bytes: envelope({ version: 4, opcode: OPCODE.startup, body: startup({}) }),
    },
    {
      name: 'a STARTUP with an old CQL_VERSION',
      bytes: envelope({ version: 4, opcode: OPCODE.startup, body: startup({ CQL_VERSION: '2.0.0' }) }),
    },
    {
      name: 'a STARTUP with a CQL_VERSION that is none',
      bytes: envelope({ version: 4, opcode: OPCODE.startup, body: startup({ CQL_VERSION: 'new' }) }),
    },
    {
      name: 'a STARTUP with an unknown compression',
      bytes: envelope({ version: 4, opcode: OPCODE.startup, body: startupBody({ COMPRESSION: 'brotli' }) }),
    },
    {
      name: 'a v5 STARTUP with snappy',
      bytes: envelope({ version: 5, opcode: OPCODE.startup, body: startupBody({ COMPRESSION: 'snappy' }) }),
    },
    {
      name: 'a compressed frame before any compression was agreed on',
      bytes: envelope({ version: 4, flags: COMPRESSED, opcode: OPTIONS_OPCODE, body: garbage }),
    },
    { name: 'v5 before STARTUP in a segment', bytes: encodeSegments(envelope({ version: 5, opcode: OPTIONS_OPCODE })) },
  ];
  return [...versions, ...cases.map((made) => ({ ...made, started: null }))];
}

/** Sent after STARTUP, as an envelope of each version (in a segment where the version has them). */
function bodies(version: ProtocolVersion): Malformed[] {
  const query = queryBody(version, SELECT, {});
  const execute = (id: Buffer) => {
    const out = new WireWriter().shortBytes(id);
    if (version >= 5) out.shortBytes(Buffer.alloc(16));
    out.u16(1);
    return (version >= 5 ? out.i32(0) : out.u8(0)).finish();
  };
  const parameters = version >= 5 ? '00000000' : '00';
  const longSelect = hex(`0000001c ${Buffer.from(SELECT).toString('hex')}`);
  const cases: { name: string; opcode: number; body: Buffer; flags?: number; stream?: number; version?: number }[] = [
    { name: 'a QUERY without a body', opcode: OPCODE.query, body: Buffer.alloc(0) },
    { name: 'a QUERY that ends in its text', opcode: OPCODE.query, body: query.subarray(0, 10) },
    { name: 'a QUERY that ends before its flags', opcode: OPCODE.query, body: query.subarray(0, query.length - 1) },
    { name: 'a QUERY with bytes left over', opcode: OPCODE.query, body: Buffer.concat([query, garbage]) },
    { name: 'a QUERY with a text of negative length', opcode: OPCODE.query, body: hex(`ffffffff 0001 ${parameters}`) },
    {
      name: 'a QUERY with a text longer than its body',
      opcode: OPCODE.query,
      body: hex(`7fffffff 0001 ${parameters}`),
    },
    {
      name: 'a QUERY with an unknown consistency',
      opcode: OPCODE.query,
      body: Buffer.concat([longSelect, hex(`0099 ${parameters}`)]),
    },
    {
      name: 'a QUERY with values that end early',
      opcode: OPCODE.query,
      body: Buffer.concat([longSelect, hex(version >= 5 ? '0001 00000001 0002 00000004' : '0001 01 0002 00000004')]),
    },
    { name: 'a QUERY that is not UTF-8', opcode: OPCODE.query, body: hex(`00000004 fffefdfc 0001 ${parameters}`) },
    { name: 'an EXECUTE of an unknown id', opcode: OPCODE.execute, body: execute(Buffer.alloc(16, 7)) },
    { name: 'an EXECUTE of an id without bytes', opcode: OPCODE.execute, body: execute(Buffer.alloc(0)) },
    { name: 'a BATCH of an unknown type', opcode: BATCH, body: hex(`09 0000 0001 ${parameters}`) },
    {
      name: 'a BATCH of an unknown kind of query',
      opcode: BATCH,
      body: hex(`00 0001 05 00000001 20 0000 0001 ${parameters}`),
    },
    { name: 'a BATCH that ends after its count', opcode: BATCH, body: hex('00 ffff') },
    { name: 'an empty BATCH', opcode: BATCH, body: hex(`00 0000 0001 ${parameters}`) },
    { name: 'a REGISTER for an unknown event', opcode: REGISTER, body: hex('0001 0005 4352415348') },
    { name: 'a second STARTUP', opcode: OPCODE.startup, body: startupBody() },
    { name: 'an AUTH_RESPONSE that nobody asked for', opcode: AUTH_RESPONSE, body: hex('00000001 00') },
    { name: 'a response in place of a request', opcode: OPCODE.ready, body: Buffer.alloc(0) },
    { name: 'an unknown opcode', opcode: 0x63, body: Buffer.alloc(0) },
    {
      name: 'another version in the envelope',
      version: version === 4 ? 3 : 4,
      opcode: OPTIONS_OPCODE,
      body: Buffer.alloc(0),
    },
    { name: 'a negative stream id', stream: -3, opcode: OPTIONS_OPCODE, body: Buffer.alloc(0) },
    { name: 'a custom payload that ends early', flags: 0x04, opcode: OPCODE.query, body: hex('0005 00') },
    { name: 'unknown flags', flags: 0xe0, opcode: OPTIONS_OPCODE, body: Buffer.alloc(0) },
  ];
  return cases.map(({ name, ...fields }) => {
    const bytes = envelope({ version, ...fields });
    return { name: `v${version}: ${name}`, started: version, bytes: version >= 5 ? encodeSegments(bytes) : bytes };
  });
}

function compressedGarbage(): Malformed[] {
  const made: Malformed[] = [];
  for (const version of [3, 4] as const) {
    for (const COMPRESSION of ['lz4', 'snappy']) {
      const frame = (body: Buffer) => envelope({ version, flags: COMPRESSED, opcode: OPCODE.query, body });
      const name = `v${version}, ${COMPRESSION}:`;
      const options = { COMPRESSION };
      made.push({ name: `${name} garbage`, started: version, options, bytes: frame(garbage) });
      made.push({ name: `${name} an empty body`, started: version, options, bytes: frame(Buffer.alloc(0)) });
      const bomb = COMPRESSION === 'lz4' ? hex('7fffffff 1f 00 01 00 ff ff ff') : hex('ffffffff07 00');
      made.push({ name: `${name} a claim of 2 GB`, started: version, options, bytes: frame(bomb) });
    }
  }
  return made;
}

/** Changes one byte. */
function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 0x10, at);
  return copy;
}

function segments(): Malformed[] {
  const good = queryBytes(5, SELECT);
  const payload = good.subarray(6, good.length - 4);
  return [
    { name: 'v5: a header with a wrong CRC24', started: 5, bytes: flipped(good, 4) },
    { name: 'v5: a header with a flipped bit', started: 5, bytes: flipped(good, 0) },
    { name: 'v5: a payload with a flipped bit', started: 5, bytes: flipped(good, 20) },
    { name: 'v5: a payload with a wrong CRC32', started: 5, bytes: flipped(good, good.length - 1) },
    { name: 'v5: an envelope outside of a segment', started: 5, bytes: Buffer.from(payload) },
    {
      name: 'v5: an envelope of 300 MB',
      started: 5,
      bytes: encodeSegments(envelope({ version: 5, opcode: OPCODE.query, length: 300 << 20 })),
    },
    {
      name: 'v5: an envelope of negative length',
      started: 5,
      bytes: encodeSegments(envelope({ version: 5, opcode: OPCODE.query, length: -5 })),
    },
    { name: 'v5, lz4: an uncompressed segment', started: 5, options: { COMPRESSION: 'lz4' }, bytes: good },
  ];
}

/**
 * How the server answers: the error's code and words, the opcode of any other reply, `closed`, or `silent` when
 * nothing comes; and whether it has hung up then.
 */
export async function answerTo(server: { host: string; port: number }, request: Malformed): Promise<string> {
  const { started, bytes } = request;
  const raw =
    started === null ? await RawSocket.open(server) : await RawSocket.started(server, started, request.options);
  try {
    raw.send(bytes);
    const reply = await Promise.race([raw.reply(), sleep(SILENCE_MS, 'silent' as const)]);
    const answer = reply === 'silent' ? reply : describeEnvelope(reply);
    // The words of an error that Java made up, and the connection's own id, are not Cassandra's to repeat.
    const words = answer.replace(/^(ERROR 0x0000) .*/s, '$1').replace(/(?<=0x000a )[0-9a-f]{8} invalid, /, '');
    return `${words}, then ${(await raw.hangsUpOn(options(started))) ? 'closed' : 'open'}`;
  } finally {
    raw.close();
  }
}

function options(version: ProtocolVersion | null): Buffer {
  const bytes = envelope({ version: version ?? 4, opcode: OPTIONS_OPCODE });
  return version !== null && version >= 5 ? encodeSegments(bytes) : bytes;
}

export function malformedRequests(): Malformed[] {
  return [...beforeStartup(), ...([3, 4, 5] as const).flatMap(bodies), ...compressedGarbage(), ...segments()];
}
