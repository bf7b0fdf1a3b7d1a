/** The admin endpoint's routes about snapshots. */
import type { FastifyInstance } from 'fastify';
import type { ClearRequest, SnapshotOperations, SnapshotRequest } from './file-operations.ts';

const NAMES = { type: 'array', items: { type: 'string' }, maxItems: 100_000 } as const;

const SNAPSHOT_SCHEMA = {
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['tag'],
    properties: {
      tag: { type: 'string', maxLength: 200 },
      keyspaces: NAMES,
      table: { type: 'string' },
      tables: NAMES,
      skipFlush: { type: 'boolean' },
      ttl: { type: 'string' },
    },
  },
} as const;

const CLEAR_SCHEMA = {
  body: {
    type: 'object',
    additionalProperties: false,
    properties: { tag: { type: 'string' }, keyspaces: NAMES, before: { type: 'string', format: 'date-time' } },
  },
} as const;

const BACKUPS_SCHEMA = {
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['on'],
    properties: { on: { type: 'boolean' } },
  },
} as const;

export function snapshotRoutes(server: FastifyInstance, snapshots: SnapshotOperations): void {
  server.get('/api/v1/files', async () => snapshots.nodeFiles());
  server.get('/api/v1/snapshots', () => snapshots.snapshots());
  server.post<{ Body: SnapshotRequest }>('/api/v1/snapshots', { schema: SNAPSHOT_SCHEMA }, async ({ body }) => {
    await snapshots.snapshot(body);
    return {};
  });
  server.post<{ Body: ClearRequest }>('/api/v1/snapshots/clear', { schema: CLEAR_SCHEMA }, async ({ body }) => {
    await snapshots.clearSnapshots(body);
    return {};
  });
  server.get('/api/v1/incremental-backups', async () => ({ on: snapshots.incrementalBackups() }));
  server.post<{ Body: { on: boolean } }>(
    '/api/v1/incremental-backups',
    { schema: BACKUPS_SCHEMA },
    async ({ body }) => {
      await snapshots.setIncrementalBackups(body.on);
      return {};
    },
  );
}
