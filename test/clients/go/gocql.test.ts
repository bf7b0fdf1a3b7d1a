import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasProgram, type Prepared, prepareClient, run } from '../client-cache.ts';
import { testClientProgram } from '../client-checks.ts';

const SOURCES = ['go.mod', 'go.sum', 'checks.go', 'main.go'];
const source = import.meta.dirname;

/** The program, built from the modules that go.sum pins. */
async function prepareGocql(): Promise<Prepared> {
  if (!(await hasProgram('go', 'version'))) return { missing: 'gocql: go is not installed' };
  const pins = SOURCES.map((name) => readFileSync(join(source, name), 'utf8'));
  return await prepareClient('gocql', pins, async (folder) => {
    await run('go', ['build', '-buildvcs=false', '-o', join(folder, 'client-checks'), '.'], { cwd: source });
  });
}

testClientProgram({
  prepare: prepareGocql,
  command: (folder) => [join(folder, 'client-checks')],
  checks: [
    'gocql, protocol v3: every type comes back as it was given',
    'gocql, protocol v3, snappy: every type comes back as it was given',
    'gocql, protocol v4: every type comes back as it was given',
    'gocql, protocol v4, snappy: every type comes back as it was given',
    'gocql writes from many goroutines and iterates over pages',
    'gocql batches apply whole',
    'gocql compare-and-set shows the row in the way',
    "gocql reads the keyspace's metadata",
    'gocql maps errors to its own types',
  ],
});
