/**
 * `npm run compare-files [-- --seed N] [-- --rounds N] [-- --verify] [-- --keep]`: random tables and operations on
 * Ceto and on the real Cassandra; their files, and their answers from each other's files, are compared. Prints a
 * table of differences and ends with 1 when there are some, other than what docs/compatibility.md declares of expired
 * INSERTs. A round is played again with its seed alone.
 * `--full` prints all of what differs, `--keep` leaves the servers' files, `--record` keeps Cassandra's files and answers for
 * `npm test`. `--verify` runs Cassandra's StandaloneVerifier over Ceto's files as well, a process a table.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { startCassandra } from '../cassandra/start-cassandra.ts';
import { RunningCeto } from '../server/start-ceto.ts';
import { FileTools, toolParameters } from './file-tools.ts';
import { type Difference, Round, type Servers } from './round.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rounds: { type: 'string', default: '1' },
    verify: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});

/** The lines around the first that differs. */
function excerpt(text: string, other: string): string {
  if (options.full) return text;
  const lines = text.split('\n');
  const others = other.split('\n');
  const at = lines.findIndex((line, index) => line !== others[index]);
  const from = Math.max((at < 0 ? others.length : at) - 2, 0);
  return lines
    .slice(from, from + 6)
    .map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line))
    .join('\n    ');
}

function print(seed: number, { table, what, expected, got }: Difference): void {
  console.log(`seed ${seed} ${table}: ${what.length > 400 ? `${what.slice(0, 400)}…` : what}`);
  console.log(`  Cassandra:\n    ${excerpt(expected, got)}`);
  console.log(`  Ceto:\n    ${excerpt(got, expected)}`);
}

/** As an operator would: the tool reads the schema and the files that the node left on disk. */
async function standaloneVerify(root: string, tables: readonly string[]): Promise<number> {
  let failed = 0;
  for (const table of tables) {
    const words = ['org.apache.cassandra.tools.StandaloneVerifier', '-e', '-f', ...table.split('.')];
    try {
      await promisify(execFile)('java', await toolParameters(root, words));
    } catch (error) {
      ++failed;
      const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
      console.log(`StandaloneVerifier refuses ${table}: ${stdout ?? ''}${stderr ?? ''}${stdout ? '' : error}`);
    }
  }
  console.log(`StandaloneVerifier: ${tables.length - failed} of ${tables.length} tables accepted`);
  return failed;
}

const root = mkdtempSync(join(tmpdir(), 'ceto-files-'));
const directory = (name: string) => {
  mkdirSync(join(root, name), { recursive: true });
  return join(root, name);
};
const stops: (() => Promise<void>)[] = [];
let failures = 0;
const verified: string[] = [];
try {
  const cassandra = await startCassandra({ directory: directory('cassandra') });
  stops.push(() => cassandra.stop());
  const tools = await FileTools.start(directory('cassandra'), cassandra.jmxPort);
  stops.push(() => tools.stop());
  const [ceto, loader] = ['ceto', 'loader'].map((name) => new RunningCeto({ directory: directory(name), shards: 1 }));
  if (ceto === undefined || loader === undefined) throw new Error('two instances of Ceto are needed');
  for (const server of [ceto, loader]) {
    await server.start();
    stops.push(async () => void (await server.terminate()));
  }
  const cassandraData = join(root, 'cassandra', 'data');
  const servers: Servers = { ceto, loader, cassandra, cassandraData, tools, scratch: directory('scratch') };
  for (let number = 0; number < Number(options.rounds); ++number) {
    const seed = Number(options.seed) + number;
    const round = new Round(servers, seed, options.record ? directory(`recorded-${seed}`) : null);
    const report = await round.run();
    for (const difference of report.differences) print(seed, difference);
    failures += report.differences.length;
    verified.push(...round.tables);
    const { statements, files, queries, declared, differences } = report;
    const found = `${differences.length} differ, ${declared} as declared`;
    console.log(`seed ${seed}: ${statements} statements, ${files} files, ${queries} queries: ${found}`);
  }
} catch (error) {
  ++failures;
  console.error(error instanceof Error ? error.stack : error);
} finally {
  for (const stop of stops.reverse()) await stop();
}
if (options.verify) failures += await standaloneVerify(join(root, 'cassandra'), verified);
if (options.keep) console.log(`the servers' files: ${root}`);
else rmSync(root, { recursive: true, force: true });
process.exitCode = failures > 0 ? 1 : 0;
