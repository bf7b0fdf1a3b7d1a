/**
 * `npm run compare [-- --record] [-- FILTER]`: the corpus on Ceto and on the real Cassandra, every difference
 * reported; exit code 1 when there are some that are not declared. `--record` asks only Cassandra and keeps
 * its answers for `npm test`. `--recorded` asks only Ceto and compares with what was kept. `--flush N` flushes
 * Ceto behind every Nth write, so that reads come from files too. A server that already runs is used through `--cassandra HOST:PORT` and `--ceto HOST:PORT`.
 */
import { parseArgs } from 'node:util';
import { startCassandra } from '../cassandra/start-cassandra.ts';
import { startCeto } from '../server/start-ceto.ts';
import type { WarnedAnswer } from './answer.ts';
import {
  type Difference,
  differencesOf,
  differenceText,
  judge,
  readDeclarations,
  staleDeclarations,
} from './differences.ts';
import { flushWrites } from './flush-writes.ts';
import { readRecording, writeRecording } from './recording.ts';
import { type AfterStatement, runScript, type Server } from './run-script.ts';
import { readCorpus, type Script } from './script.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    record: { type: 'boolean', default: false },
    recorded: { type: 'boolean', default: false },
    flush: { type: 'string' },
    cassandra: { type: 'string' },
    ceto: { type: 'string' },
  },
});

interface StoppableServer extends Server {
  stop(): Promise<void>;
}

async function serverAt(address: string | undefined, start: () => Promise<StoppableServer>): Promise<StoppableServer> {
  if (address === undefined) return start();
  const [host = '127.0.0.1', port] = address.split(':');
  return { host, port: Number(port), stop: async () => {} };
}

const statementCount = (scripts: readonly Script[]) =>
  scripts.reduce((sum, { statements }) => sum + statements.length, 0);

async function record(scripts: readonly Script[]): Promise<number> {
  const cassandra = await serverAt(options.cassandra, startCassandra);
  try {
    for (const script of scripts) {
      writeRecording(script, await runScript(cassandra, script));
      console.log(`${script.name}: ${script.statements.length} statements`);
    }
  } finally {
    await cassandra.stop();
  }
  console.log(`recorded ${statementCount(scripts)} statements`);
  return 0;
}

async function compare(scripts: readonly Script[], whole: boolean): Promise<number> {
  const servers: StoppableServer[] = [];
  const differences: Difference[] = [];
  const declarations = readDeclarations();
  try {
    let ceto: StoppableServer;
    let afterStatement: AfterStatement | undefined;
    if (options.flush === undefined) {
      ceto = await serverAt(options.ceto, startCeto);
    } else {
      const started = await startCeto();
      ceto = started;
      afterStatement = flushWrites(started, Number(options.flush));
    }
    servers.push(ceto);
    let expected: (script: Script) => Promise<WarnedAnswer[]> = async (script) => readRecording(script);
    if (!options.recorded) {
      const cassandra = await serverAt(options.cassandra, startCassandra);
      servers.push(cassandra);
      expected = (script) => runScript(cassandra, script);
    }
    for (const script of scripts) {
      const found = differencesOf(
        script,
        await expected(script),
        await runScript(ceto, script, afterStatement),
        declarations,
      );
      for (const difference of judge(found, declarations).undeclared) console.log(`${differenceText(difference)}\n`);
      differences.push(...found);
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
  return summary(scripts, differences, whole);
}

function summary(scripts: readonly Script[], differences: readonly Difference[], whole: boolean): number {
  const declarations = readDeclarations();
  const { undeclared, declared } = judge(differences, declarations);
  const stale = whole ? staleDeclarations(differences, declarations) : [];
  for (const { script, cql, reason } of stale) {
    console.log(`declared but no difference any more: ${script}: ${cql} (${reason})`);
  }
  const total = statementCount(scripts);
  console.log(
    `${total} statements in ${scripts.length} scripts: ${total - differences.length} alike, ` +
      `${declared.length} differ as declared, ${undeclared.length} differ`,
  );
  return undeclared.length + stale.length === 0 ? 0 : 1;
}

const [filter = ''] = positionals;
const corpus = readCorpus(filter);
if (corpus.length === 0) throw new Error(`no corpus file contains "${filter}" in its name`);
process.exitCode = options.record ? await record(corpus) : await compare(corpus, filter === '');
