import { join } from 'node:path';
import { testClientProgram } from '../client-checks.ts';
import { prepareCqlsh } from './python-client.ts';

const everyType = 'every type comes back as it was given';

testClientProgram({
  prepare: prepareCqlsh,
  command: (folder) => [join(folder, 'bin/python'), join(import.meta.dirname, 'driver_checks.py')],
  checks: [
    `protocol v3, not compressed: ${everyType}`,
    `protocol v4, not compressed: ${everyType}`,
    `protocol v5, not compressed: ${everyType}`,
    `protocol v3, snappy compressed: ${everyType}`,
    `protocol v4, snappy compressed: ${everyType}`,
    `protocol v4, lz4 compressed: ${everyType}`,
    `protocol v5, lz4 compressed: ${everyType}`,
    'execute_concurrent writes and reads thousands of rows',
    'a result set fetches its pages as it is read, in clustering order',
    'a page can be taken up again by its paging state from another session',
    'the schema in cluster.metadata is what was created',
    "export_as_string of a keyspace is the server's own DESCRIBE",
    'token-aware routing knows the replica of every key',
    'batches, conditions and row factories',
    'the keyspace of a request is used without USE',
    'warnings of a statement reach the client',
    "errors arrive as the driver's own classes",
  ],
});
