/**
 * Traces of requests that a client marked (frame flag 0x02): a row in system_traces.sessions and one per
 * step in system_traces.events, written after the answer so that it need not wait for them.
 */
import { randomBytes } from 'node:crypto';
import { OPCODES, type QueryParameters } from '../../cql/protocol/index.ts';
import type { RowValue } from '../../cql/schema/index.ts';
import { uuidText } from '../../cql/types/index.ts';
import type { SlowRequest } from '../../storage/shard-port.ts';
import type { InternalCql, Write } from '../node/internal-cql.ts';

/** Cassandra's tracetype_query_ttl: a day. */
const TTL_SECONDS = 86_400;
const SESSION = `INSERT INTO system_traces.sessions (session_id, client, command, coordinator, coordinator_port,
  duration, parameters, request, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ${TTL_SECONDS}`;
const EVENT = `INSERT INTO system_traces.events (session_id, event_id, activity, source, source_elapsed, source_port,
  thread) VALUES (?, ?, ?, ?, ?, ?, ?) USING TTL ${TTL_SECONDS}`;

/** The node as a trace names it: its address and port for other nodes. */
const SOURCE = '127.0.0.1';
const SOURCE_PORT = 7000;

const REQUEST_NAMES: ReadonlyMap<number, string> = new Map([
  [OPCODES.query, 'Execute CQL3 query'],
  [OPCODES.prepare, 'Preparing CQL3 query'],
  [OPCODES.execute, 'Execute CQL3 prepared query'],
  [OPCODES.batch, 'Execute batch of CQL3 queries'],
]);

const CONSISTENCIES = [
  'ANY',
  'ONE',
  'TWO',
  'THREE',
  'QUORUM',
  'ALL',
  'LOCAL_QUORUM',
  'EACH_QUORUM',
  'SERIAL',
  'LOCAL_SERIAL',
  'LOCAL_ONE',
] as const;
const SERIAL = 8;

export interface TraceEvent {
  readonly id: Uint8Array;
  readonly activity: string;
  readonly elapsedMicros: number;
  readonly thread: string;
}

type TracedParameters = Pick<QueryParameters, 'consistency' | 'serialConsistency'> &
  Partial<Pick<QueryParameters, 'pageSize'>>;

/** One traced request. */
export class Trace {
  readonly id = makeTimeuuid();
  readonly events: TraceEvent[] = [];
  readonly parameters = new Map<string, string>();
  readonly startedAt = Date.now();
  readonly #startedMillis = performance.now();

  note(activity: string, thread = 'Native-Transport-Requests'): void {
    this.events.push({ id: makeTimeuuid(), activity, elapsedMicros: this.elapsedMicros(), thread });
  }

  /** What the session's row says of the request; a batch has no text of its own. */
  describe(parameters: TracedParameters, query?: string): void {
    const { consistency, pageSize = null, serialConsistency } = parameters;
    this.parameters.set('consistency_level', CONSISTENCIES[consistency] ?? String(consistency));
    if (pageSize !== null) this.parameters.set('page_size', String(pageSize));
    if (query !== undefined) this.parameters.set('query', query);
    this.parameters.set('serial_consistency_level', CONSISTENCIES[serialConsistency ?? SERIAL] ?? '');
  }

  elapsedMicros(): number {
    return Math.round((performance.now() - this.#startedMillis) * 1000);
  }
}

/** The rows of a trace. The session goes last: clients take its duration as the sign that all is there. */
export function traceWrites(trace: Trace, request: SlowRequest, durationMicros: number): Write[] {
  const session = uuidText(trace.id);
  const events: Write[] = trace.events.map(({ id, activity, elapsedMicros, thread }) => ({
    text: EVENT,
    values: [session, uuidText(id), activity, SOURCE, elapsedMicros, SOURCE_PORT, thread],
  }));
  const values: RowValue[] = [
    session,
    request.client,
    'QUERY',
    SOURCE,
    SOURCE_PORT,
    durationMicros,
    trace.parameters,
    REQUEST_NAMES.get(request.opcode) ?? '',
    BigInt(trace.startedAt),
  ];
  return [...events, { text: SESSION, values }];
}

/** Writes traces behind the answers; a trace that cannot be written is told of and forgotten. */
export class TraceWriter {
  readonly #cql: InternalCql;

  constructor(cql: InternalCql) {
    this.#cql = cql;
  }

  async write(trace: Trace, request: SlowRequest, durationMicros: number): Promise<void> {
    try {
      await this.#cql.write(traceWrites(trace, request, durationMicros), BigInt(Date.now()) * 1000n);
    } catch (error) {
      console.error('a trace was not written:', error);
    }
  }
}

const GREGORIAN_OFFSET_TICKS = 0x01b21dd213814000n;
const node = randomBytes(8);
let lastTicks = 0n;

/** A version 1 uuid, ascending in this thread; clock sequence and node are random for each process thread. */
export function makeTimeuuid(): Uint8Array {
  const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 10n + GREGORIAN_OFFSET_TICKS;
  lastTicks = now > lastTicks ? now : lastTicks + 1n;
  const out = Buffer.alloc(16);
  out.writeUInt32BE(Number(lastTicks & 0xffff_ffffn), 0);
  out.writeUInt16BE(Number((lastTicks >> 32n) & 0xffffn), 4);
  out.writeUInt16BE(Number((lastTicks >> 48n) & 0x0fffn) | 0x1000, 6);
  node.copy(out, 8);
  out[8] = ((out[8] ?? 0) & 0x3f) | 0x80;
  return out;
}
