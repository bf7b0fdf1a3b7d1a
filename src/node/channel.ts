/**
 * The line between main and a worker: typed requests each way over a MessagePort, every one answered
 * once. Errors that are the client's cross as their fields and come out as CqlError again.
 */
import type { MessagePort, Worker } from 'node:worker_threads';
import type { SchemaStatement } from '../../cql/ast/index.ts';
import { CqlError, type ErrorFields } from '../../cql/errors/index.ts';
import type { SchemaChange } from '../../cql/schema/index.ts';

/** What a worker asks of main. */
export interface MainRequests {
  /** Applies DDL; resolves when every shard and worker has it. */
  changeSchema: {
    readonly request: { readonly statement: SchemaStatement; readonly keyspace: string | null };
    readonly response: { readonly change: SchemaChange | null; readonly warnings: readonly string[] };
  };
  truncate: {
    readonly request: { readonly keyspace: string; readonly table: string };
    readonly response: null;
  };
  /** Keeps a prepared statement for the other workers and for the next start. `id` in hex. */
  keepPrepared: {
    readonly request: { readonly id: string; readonly keyspace: string | null; readonly text: string };
    readonly response: null;
  };
  /** Makes a table of system_views hold what is so now. */
  refreshVirtualTable: { readonly request: { readonly table: string }; readonly response: null };
  findPrepared: {
    readonly request: { readonly id: string };
    readonly response: { readonly keyspace: string | null; readonly text: string } | null;
  };
  ready: { readonly request: null; readonly response: null };
}

/** What main asks of a worker. */
export interface WorkerRequests {
  /** New documents of keyspaces (null: dropped), as cql/schema writes them. */
  updateSchema: {
    readonly request: { readonly changes: ReadonlyMap<string, unknown> };
    readonly response: null;
  };
  stop: { readonly request: null; readonly response: null };
}

type RequestMap = { readonly [name: string]: { readonly request: unknown; readonly response: unknown } };

export type Handlers<Requests> = {
  readonly [Name in keyof Requests]: (
    request: Requests[Name] extends { request: infer Request } ? Request : never,
  ) => Promise<Requests[Name] extends { response: infer Response } ? Response : never>;
};

type Envelope =
  | { readonly kind: 'request'; readonly id: number; readonly name: string; readonly request: unknown }
  | { readonly kind: 'response'; readonly id: number; readonly response: unknown }
  | { readonly kind: 'cql-error'; readonly id: number; readonly message: string; readonly fields: ErrorFields }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string };

interface Pending {
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One end. `Asks` is what this side may ask, `Serves` what it answers. */
export class Channel<
  Asks extends { [Name in keyof Asks]: RequestMap[string] },
  Serves extends { [Name in keyof Serves]: RequestMap[string] },
> {
  readonly #port: MessagePort | Worker;
  readonly #handlers: Handlers<Serves>;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor(port: MessagePort | Worker, handlers: Handlers<Serves>) {
    this.#port = port;
    this.#handlers = handlers;
    port.on('message', (envelope: Envelope) => this.#receive(envelope));
  }

  ask<Name extends keyof Asks & string>(name: Name, request: Asks[Name]['request']): Promise<Asks[Name]['response']> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (response: unknown) => void, reject });
      this.#port.postMessage({ kind: 'request', id, name, request } satisfies Envelope);
    });
  }

  #receive(envelope: Envelope): void {
    if (envelope.kind === 'request') {
      void this.#serve(envelope.id, envelope.name, envelope.request);
      return;
    }
    const pending = this.#pending.get(envelope.id);
    if (pending === undefined) throw new Error(`answer to request ${envelope.id}, which is not open`);
    this.#pending.delete(envelope.id);
    if (envelope.kind === 'response') pending.resolve(envelope.response);
    else if (envelope.kind === 'cql-error') pending.reject(new CqlError(envelope.message, envelope.fields));
    else pending.reject(new Error(envelope.message));
  }

  async #serve(id: number, name: string, request: unknown): Promise<void> {
    this.#port.postMessage(await this.#answer(id, name, request));
  }

  async #answer(id: number, name: string, request: unknown): Promise<Envelope> {
    try {
      const handler = this.#handlers[name as keyof Serves] as (request: unknown) => Promise<unknown>;
      return { kind: 'response', id, response: await handler(request) };
    } catch (error) {
      if (error instanceof CqlError) return { kind: 'cql-error', id, message: error.message, fields: error.fields };
      return { kind: 'failure', id, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }
}
