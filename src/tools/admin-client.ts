/**
 * The tools' client of a node's admin endpoint. An answer is waited for as long as the node works on it: a compaction
 * takes hours. fetch() would give up after 300 s, which no option of it changes.
 */
import { Agent, type IncomingMessage, request } from 'node:http';

/** A host that has gone without a word is noticed by TCP. */
const PROBE_AFTER_MILLISECONDS = 60_000;

export type Method = 'GET' | 'POST' | 'DELETE';

export interface NodeAnswer<Content> {
  readonly status: number;
  readonly content: Content & { readonly error?: string };
}

/** Rejects when the node cannot be reached or goes before it has answered. */
export async function askNode<Content>(
  base: string,
  method: Method,
  path: string,
  body?: unknown,
): Promise<NodeAnswer<Content>> {
  const response = await answerOf(base + path, method, body === undefined ? undefined : JSON.stringify(body));
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += piece;
  return { status: response.statusCode ?? 0, content: JSON.parse(text) };
}

/** Of what askNode() rejected with, for a person. */
export function connectFailure(error: unknown): string {
  // A name of several addresses fails once for each.
  if (error instanceof AggregateError) return connectFailure(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

function answerOf(url: string, method: Method, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    // The agent that all share closes idle sockets by a timeout of theirs; this one has none.
    const asked = request(url, { method, headers, agent: new Agent() });
    asked.once('socket', (socket) => socket.setKeepAlive(true, PROBE_AFTER_MILLISECONDS));
    asked.once('error', reject);
    asked.once('response', resolve);
    asked.end(body);
  });
}
