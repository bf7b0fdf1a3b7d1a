/**
 * One connection of a plain CQL client, for tests that look at what a driver hides: metadata, warnings,
 * pages, the extra fields of errors. One request in flight at a time is all that it is made for.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  type Envelope,
  EnvelopeSplitter,
  encodeEnvelope,
  encodeSegments,
  OPCODE,
  type ProtocolVersion,
  SegmentSplitter,
} from './frames.ts';
import { executeBody, prepareBody, type QueryOptions, queryBody, startupBody } from './requests.ts';
import { decodeResponse, type Prepared, type Response } from './responses.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const STREAM = 1;

/** The server closed the connection, or its bytes were not the protocol's. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export class CqlConnection {
  readonly version: ProtocolVersion;
  private readonly socket: Socket;
  private readonly envelopes = new EnvelopeSplitter();
  private segments: SegmentSplitter | null = null;
  private waiting: { resolve: (envelope: Envelope) => void; reject: (error: Error) => void } | null = null;
  private lost: ConnectionLost | null = null;

  private constructor(socket: Socket, version: ProtocolVersion) {
    this.socket = socket;
    this.version = version;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.receive(bytes));
    socket.on('error', (error) => this.lose(error.message));
    socket.on('close', () => this.lose('the server closed the connection'));
  }

  /** Connects and starts up; a server that asks for authentication or answers with an error fails it. */
  static async open(host: string, port: number, version: ProtocolVersion): Promise<CqlConnection> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    const connection = new CqlConnection(socket, version);
    const response = await connection.request(OPCODE.startup, startupBody());
    if (response.kind !== 'ready') throw new ConnectionLost(`STARTUP was answered with ${JSON.stringify(response)}`);
    if (version >= 5) connection.segments = new SegmentSplitter();
    return connection;
  }

  query(cql: string, options: QueryOptions = {}): Promise<Response> {
    return this.request(OPCODE.query, queryBody(this.version, cql, options));
  }

  prepare(cql: string, keyspace?: string): Promise<Response> {
    return this.request(OPCODE.prepare, prepareBody(this.version, cql, keyspace));
  }

  execute(prepared: Prepared, options: QueryOptions = {}): Promise<Response> {
    return this.request(OPCODE.execute, executeBody(this.version, prepared.id, prepared.resultMetadataId, options));
  }

  close(): void {
    this.socket.destroy();
  }

  private async request(opcode: number, body: Buffer): Promise<Response> {
    if (this.lost !== null) throw this.lost;
    const envelope = encodeEnvelope(this.version, STREAM, opcode, body);
    const reply = new Promise<Envelope>((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
    const timer = setTimeout(() => this.lose(`no reply within ${REQUEST_TIMEOUT_MS} ms`), REQUEST_TIMEOUT_MS);
    this.socket.write(this.segments === null ? envelope : encodeSegments(envelope));
    try {
      return decodeResponse(this.version, await reply);
    } finally {
      clearTimeout(timer);
      this.waiting = null;
    }
  }

  private receive(bytes: Buffer): void {
    try {
      const chunks = this.segments === null ? [bytes] : this.segments.take(bytes);
      for (const chunk of chunks) {
        for (const envelope of this.envelopes.take(chunk)) this.waiting?.resolve(envelope);
      }
    } catch (error) {
      this.lose(error instanceof Error ? error.message : String(error));
    }
  }

  private lose(why: string): void {
    this.lost ??= new ConnectionLost(why);
    this.waiting?.reject(this.lost);
    this.socket.destroy();
  }
}
