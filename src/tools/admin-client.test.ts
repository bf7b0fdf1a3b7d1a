import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ClientRequest, createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { FileOperations } from '../admin/file-operations.ts';
import type { MaintenanceOperations } from '../admin/maintenance-operations.ts';
import type { NodeOperations } from '../admin/operations.ts';
import { AdminServer } from '../admin/server.ts';
import { askNode, connectFailure } from './admin-client.ts';

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** What Node tells of requests while the test runs. */
function watch<Message>(channel: string, take: (message: Message) => void): void {
  const watcher = (message: unknown) => take(message as Message);
  subscribe(channel, watcher);
  closers.push(() => unsubscribe(channel, watcher));
}

async function serve(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the client of the admin endpoint', () => {
  it('waits for an answer without a timeout, at its own side and at the node’s', async () => {
    // The types of Node lack the former.
    const asked: (ClientRequest & { timeout?: number })[] = [];
    const served: { server: Server; socket: Socket }[] = [];
    watch<{ request: ClientRequest }>('http.client.request.start', ({ request }) => asked.push(request));
    watch<{ server: Server; socket: Socket }>('http.server.request.start', (message) => served.push(message));
    let timeouts: unknown;
    const operations = {
      drain: async () => {
        const [request, at] = [asked[0], served[0]];
        timeouts = {
          request: request?.timeout ?? 0,
          socket: request?.socket?.timeout ?? 0,
          serverRequest: at?.server.requestTimeout,
          serverSocket: at?.socket.timeout ?? 0,
        };
      },
    };
    const admin = new AdminServer(
      operations as unknown as NodeOperations,
      { snapshots: {}, imports: {} } as unknown as FileOperations,
      {} as unknown as MaintenanceOperations,
    );
    const port = await admin.listen('127.0.0.1', 0);
    closers.push(() => admin.stop());
    expect(await askNode(`http://127.0.0.1:${port}`, 'POST', '/api/v1/drain')).toEqual({ status: 200, content: {} });
    expect(asked.length).toBe(1);
    expect(timeouts).toEqual({ request: 0, socket: 0, serverRequest: 0, serverSocket: 0 });
  });

  it('sends a body and takes an answer that comes late and in pieces', async () => {
    const bodies: string[] = [];
    const base = await serve(
      createServer(async (request: IncomingMessage, response) => {
        let body = '';
        for await (const piece of request) body += piece;
        bodies.push(body);
        await sleep(50);
        response.statusCode = 400;
        response.write('{"error":"Stra');
        await sleep(50);
        response.end('ße"}');
      }),
    );
    const answer = await askNode(base, 'POST', '/path', { keyspace: 'ä' });
    expect(answer).toEqual({ status: 400, content: { error: 'Straße' } });
    expect(bodies).toEqual(['{"keyspace":"ä"}']);
  });

  it('fails when the node ends before it has answered, or is not there', async () => {
    const server = createServer((request) => request.socket.destroy());
    const base = await serve(server);
    await expect(askNode(base, 'GET', '/path')).rejects.toThrow('socket hang up');
    const cut = createServer((_request, response) => {
      response.write('{"a":');
      setTimeout(() => response.destroy(), 20);
    });
    await expect(askNode(await serve(cut), 'GET', '/path')).rejects.toThrow('aborted');
    await new Promise((resolve) => server.close(resolve));
    const failure = await askNode(base, 'GET', '/path').catch(connectFailure);
    expect(failure).toBe(`connect ECONNREFUSED ${base.slice('http://'.length)}`);
  });
});
