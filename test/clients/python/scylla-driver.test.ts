import { join } from 'node:path';
import { testClientProgram } from '../client-checks.ts';
import { prepareScyllaDriver } from './python-client.ts';

testClientProgram({
  prepare: prepareScyllaDriver,
  ceto: { shards: 2, shardAware: true },
  cetoOnly: true,
  command: (folder) => [join(folder, 'bin/python'), join(import.meta.dirname, 'scylla_checks.py')],
  checks: [
    'the driver opens one connection for each shard',
    "the shard-aware port leads to the shard of the client's own port",
    'prepared requests reach the owner of their key, none crosses to another shard',
  ],
});
