/** The admin endpoint: JSON for nodetool under /api/v1, Prometheus text under /metrics. Local by default. */
import Fastify, { type FastifyInstance } from 'fastify';
import type { FileOperations } from './file-operations.ts';
import { importRoutes } from './import-routes.ts';
import type { MaintenanceOperations } from './maintenance-operations.ts';
import { maintenanceRoutes } from './maintenance-routes.ts';
import { Metrics } from './metrics.ts';
import { type NodeOperations, OperationError } from './operations.ts';
import { snapshotRoutes } from './snapshot-routes.ts';

interface TablesRequest {
  readonly keyspace?: string;
  readonly tables?: readonly string[];
}

const TABLES_SCHEMA = {
  body: {
    type: 'object',
    additionalProperties: false,
    properties: { keyspace: { type: 'string' }, tables: { type: 'array', items: { type: 'string' } } },
  },
} as const;

export class AdminServer {
  readonly #server: FastifyInstance;

  constructor(operations: NodeOperations, files: FileOperations, maintenance: MaintenanceOperations) {
    // A request may take hours, to be sent as to be answered.
    this.#server = Fastify({ logger: false, forceCloseConnections: true, connectionTimeout: 0, requestTimeout: 0 });
    this.#server.setErrorHandler((error, _request, reply) => {
      const status = error instanceof OperationError ? 400 : ((error as { statusCode?: number }).statusCode ?? 500);
      return reply.code(status).send({ error: error instanceof Error ? error.message : String(error) });
    });
    this.#routes(operations);
    snapshotRoutes(this.#server, files.snapshots);
    importRoutes(this.#server, files.imports);
    maintenanceRoutes(this.#server, maintenance);
  }

  /** Returns the port as bound. */
  async listen(address: string, port: number): Promise<number> {
    await this.#server.listen({ host: address, port });
    const bound = this.#server.server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : port;
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  #routes(operations: NodeOperations): void {
    const metrics = new Metrics(operations);
    this.#server.get('/metrics', async (_request, reply) =>
      reply.header('content-type', metrics.contentType).send(await metrics.text()),
    );
    this.#server.get('/api/v1/status', () => operations.status());
    this.#server.get('/api/v1/clients', () => operations.clients());
    this.#server.get<{ Querystring: { keyspaces?: string } }>('/api/v1/tablestats', (request) =>
      operations.tableStatistics((request.query.keyspaces ?? '').split(',').filter(Boolean)),
    );
    this.#server.post<{ Body: TablesRequest }>('/api/v1/flush', { schema: TABLES_SCHEMA }, async (request) => {
      await operations.flush(request.body.keyspace ?? null, request.body.tables ?? []);
      return {};
    });
    this.#server.post('/api/v1/drain', async () => {
      await operations.drain();
      return {};
    });
  }
}
