/**
 * `npm run bench`: Ceto beside the real Cassandra in one run, with the same loads, in alternating order.
 * Prints one table; writes raw results (JSON) and a plot (SVG) into bench/results/.
 */
import { CASSANDRA_VERSION } from '../test/cassandra/jars.ts';
import { CassandraStress } from './cassandra-stress.ts';
import { finish, resultsHead, runCommand } from './command.ts';
import { CONTESTANT_NAMES } from './contestants.ts';
import { Latte } from './latte.ts';
import { type LoadClients, loadName, runLoadRound } from './load-round.ts';
import { measureNode } from './node-measurement.ts';
import { type BenchOptions, type ContestantName, parseBenchOptions } from './options.ts';
import { plot } from './plot.ts';
import type { Results } from './results.ts';
import { summarize } from './summary.ts';
import { summaryTable } from './table.ts';

/** A client this busy may have been the limit of operations per second. */
const CLIENT_LIMIT = 0.9;

const log = (text: string) => console.error(`bench: ${text}`);

async function emptyResults(options: BenchOptions, latte: Latte): Promise<Results> {
  return {
    ...resultsHead({
      cassandra: CASSANDRA_VERSION ?? '',
      latte: await latte.version(),
      node: process.version,
    }),
    options,
    nodes: { ceto: [], cassandra: [] },
    loads: [],
    residentBytesAfterLoad: { ceto: [], cassandra: [] },
  };
}

async function measureOne(
  contestant: ContestantName,
  clients: LoadClients,
  options: BenchOptions,
  results: Results,
): Promise<void> {
  const name = CONTESTANT_NAMES[contestant];
  const node = await measureNode(contestant, options);
  log(`${name}: first answer after ${Math.round(node.firstQueryMilliseconds)} ms`);
  results.nodes[contestant].push(node);

  const round = await runLoadRound(contestant, clients, options, (text) => log(`${name}: ${text}`));
  results.residentBytesAfterLoad[contestant].push(round.residentBytesAfterLoad);
  for (const { load, measurement } of round.loads) {
    let known = results.loads.find((result) => loadName(result) === loadName(load));
    if (known === undefined) {
      known = { ...load, measurements: { ceto: [], cassandra: [] } };
      results.loads.push(known);
    }
    known.measurements[contestant].push(measurement);
  }
}

function clientLimits(results: Results): string[] {
  return results.loads
    .filter((load) => load.measurements.ceto.some(({ clientBusy }) => (clientBusy ?? 0) > CLIENT_LIMIT))
    .map(loadName);
}

async function main(): Promise<void> {
  const options = parseBenchOptions(process.argv);
  const clients = {
    latte: Latte.find(options.clientCpu, options.partitions),
    stress: CassandraStress.find(options.clientCpu),
  };
  if (clients.stress === null) log('no cassandra-stress in CASSANDRA_STRESS or on the PATH: latte alone measures');
  const results = await emptyResults(options, clients.latte);
  for (let round = 0; round < options.rounds; round++) {
    log(`round ${round + 1} of ${options.rounds}`);
    // Who comes first changes, so that what the machine does meanwhile hits both.
    const order = round % 2 === 0 ? options.contestants : options.contestants.toReversed();
    for (const contestant of order) await measureOne(contestant, clients, options, results);
  }
  const lines = summarize(results);
  console.log(summaryTable(lines));
  const limited = clientLimits(results);
  if (limited.length > 0) console.log(`\nthe client, not Ceto, was the limit in: ${limited.join('; ')}`);
  finish('', results, plot(results), lines);
}

// The servers are killed when this process exits.
await runCommand('bench', main);
