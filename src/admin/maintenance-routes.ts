/** The admin endpoint's routes for work on files: each takes and gives JSON. */
import type { FastifyInstance } from 'fastify';
import type {
  AutocompactionRequest,
  CompactRequest,
  MaintenanceOperations,
  RewriteRequest,
  ScrubRequest,
  VerifyRequest,
} from './maintenance-operations.ts';

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean' } as const;
const WHOLE = { type: 'integer', minimum: 0 } as const;
const TEXTS = { type: 'array', items: TEXT } as const;
const CHOICE = { keyspace: TEXT, tables: TEXTS } as const;

function body(properties: Readonly<Record<string, unknown>>, required: readonly string[] = []) {
  return { schema: { body: { type: 'object', additionalProperties: false, properties, required } } };
}

interface OneTable {
  readonly keyspace: string;
  readonly table: string;
}
const ONE_TABLE = {
  schema: {
    querystring: { type: 'object', properties: { keyspace: TEXT, table: TEXT }, required: ['keyspace', 'table'] },
  },
};

export function maintenanceRoutes(server: FastifyInstance, operations: MaintenanceOperations): void {
  rewriteRoutes(server, operations);
  compactionRoutes(server, operations);
  server.get<{ Querystring: OneTable & { key: string } }>('/api/v1/sstables', ONE_TABLE, ({ query }) =>
    operations.sstablesOfKey(query.keyspace, query.table, query.key),
  );
  server.get<{ Querystring: OneTable }>('/api/v1/histograms', ONE_TABLE, ({ query }) =>
    operations.histograms(query.keyspace, query.table),
  );
}

function rewriteRoutes(server: FastifyInstance, operations: MaintenanceOperations): void {
  server.post<{ Body: VerifyRequest }>(
    '/api/v1/verify',
    body({ ...CHOICE, extended: FLAG, quick: FLAG, checkTokens: FLAG, checkVersion: FLAG }),
    (request) => operations.verify(request.body),
  );
  server.post<{ Body: ScrubRequest }>(
    '/api/v1/scrub',
    body({ ...CHOICE, skipCorrupted: FLAG, noValidate: FLAG, noSnapshot: FLAG }),
    (request) => operations.scrub(request.body),
  );
  const what = {
    type: 'string',
    enum: ['cleanup', 'upgrade', 'upgradeAll', 'recompress', 'garbageRows', 'garbageCells'],
  };
  server.post<{ Body: RewriteRequest }>('/api/v1/rewrite', body({ ...CHOICE, what }, ['what']), async (request) => {
    await operations.rewrite(request.body);
    return {};
  });
  server.post<{ Body: CompactRequest }>(
    '/api/v1/compact',
    body({ ...CHOICE, files: TEXTS, splitOutput: FLAG, startToken: TEXT, endToken: TEXT }),
    async (request) => {
      await operations.compact(request.body);
      return {};
    },
  );
}

function compactionRoutes(server: FastifyInstance, operations: MaintenanceOperations): void {
  server.get('/api/v1/compactions', () => operations.compactionStatistics());
  server.get('/api/v1/compactionhistory', () => operations.compactionHistory());
  server.post<{ Body: { kind?: string; id?: string } }>(
    '/api/v1/compactions/stop',
    body({ kind: TEXT, id: TEXT }),
    async (request) => {
      await operations.stop(request.body);
      return {};
    },
  );
  server.post<{ Body: { bytesPerSecond: number } }>(
    '/api/v1/compactions/throughput',
    body({ bytesPerSecond: WHOLE }, ['bytesPerSecond']),
    async (request) => {
      await operations.setThroughput(request.body.bytesPerSecond);
      return {};
    },
  );
  server.post<{ Body: { count: number } }>(
    '/api/v1/compactions/concurrent',
    body({ count: WHOLE }, ['count']),
    async (request) => {
      await operations.setConcurrentCompactors(request.body.count);
      return {};
    },
  );
  server.get<{ Querystring: { keyspace?: string; tables?: string } }>('/api/v1/autocompaction', async ({ query }) =>
    operations.autocompaction({
      ...(query.keyspace === undefined ? {} : { keyspace: query.keyspace }),
      tables: (query.tables ?? '').split(',').filter(Boolean),
    }),
  );
  server.post<{ Body: AutocompactionRequest }>(
    '/api/v1/autocompaction',
    body({ ...CHOICE, enabled: FLAG }, ['enabled']),
    async (request) => {
      await operations.setAutocompaction(request.body);
      return {};
    },
  );
  server.get<{ Querystring: OneTable }>('/api/v1/compactionthreshold', ONE_TABLE, async ({ query }) =>
    operations.thresholds(query.keyspace, query.table),
  );
  server.post<{ Body: OneTable & { min: number; max: number } }>(
    '/api/v1/compactionthreshold',
    body({ keyspace: TEXT, table: TEXT, min: WHOLE, max: WHOLE }, ['keyspace', 'table', 'min', 'max']),
    async ({ body: { keyspace, table, min, max } }) => {
      await operations.setThresholds(keyspace, table, { min, max });
      return {};
    },
  );
}
