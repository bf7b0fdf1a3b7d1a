/** The admin endpoint's routes about imports and uploads. */
import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ImportOperations, ImportRequest, LoadSnapshotRequest } from './file-operations.ts';
import { OperationError } from './operations.ts';

/** Directories of one request. */
const MAX_DIRECTORIES = 1_000;

const NAME = { type: 'string', minLength: 1, maxLength: 222 } as const;
const BOOLEAN = { type: 'boolean' } as const;
const DIRECTORIES = {
  type: 'array',
  items: { type: 'string', pattern: '^/' },
  minItems: 1,
  maxItems: MAX_DIRECTORIES,
} as const;

function bodyOf(required: readonly string[], properties: Readonly<Record<string, unknown>>) {
  return { schema: { body: { type: 'object', additionalProperties: false, required, properties } } };
}

const IMPORT = bodyOf(['keyspace', 'table', 'directories'], {
  ...{ keyspace: NAME, table: NAME, directories: DIRECTORIES },
  ...{ keepLevel: BOOLEAN, keepRepaired: BOOLEAN, verify: BOOLEAN, extendedVerify: BOOLEAN, copyData: BOOLEAN },
});
const TABLE = bodyOf(['keyspace', 'table'], { keyspace: NAME, table: NAME });
const LOAD = bodyOf(['directories'], {
  directories: DIRECTORIES,
  keyspaceStatements: { type: 'array', items: { type: 'string' }, maxItems: MAX_DIRECTORIES },
  keepHistory: BOOLEAN,
});

interface TableName {
  readonly keyspace: string;
  readonly table: string;
}

export function importRoutes(server: FastifyInstance, imports: ImportOperations): void {
  server.post<{ Body: ImportRequest }>('/api/v1/import', IMPORT, ({ body }) => imports.import(body));
  server.post<{ Body: TableName }>('/api/v1/refresh', TABLE, async ({ body }) => {
    await imports.refresh(body.keyspace, body.table);
    return {};
  });
  server.post<{ Body: LoadSnapshotRequest }>('/api/v1/load-snapshot', LOAD, ({ body }) => imports.loadSnapshot(body));
  server.post<{ Body: TableName }>('/api/v1/uploads', TABLE, async ({ body }) => ({
    id: await imports.openUpload(body.keyspace, body.table),
  }));
  server.post<{ Params: { id: string } }>('/api/v1/uploads/:id/load', ({ params }) => imports.finishUpload(params.id));
  server.delete<{ Params: { id: string } }>('/api/v1/uploads/:id', async ({ params }) => {
    await imports.dropUpload(params.id);
    return {};
  });
  // The content goes to disk as it comes: no body is held in memory.
  server.register(async (streams) => {
    streams.removeAllContentTypeParsers();
    streams.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    streams.put<{ Params: { id: string; name: string }; Body: Readable }>(
      '/api/v1/uploads/:id/:name',
      async ({ params, body, headers }) => {
        const sizeBytes = Number(headers['content-length']);
        if (!Number.isSafeInteger(sizeBytes)) throw new OperationError('an upload says its length');
        await imports.upload(params.id, params.name, sizeBytes, body);
        return {};
      },
    );
  });
}
