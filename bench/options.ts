/** The command line of `npm run bench`. */
import { Command, Option } from 'commander';
import type { CommitlogSync } from '../test/cassandra/configuration.ts';
import { atLeastOne } from './command.ts';

export type ContestantName = 'ceto' | 'cassandra';

export interface BenchOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly partitions: number;
  readonly stressOperations: number;
  readonly ddlStatements: number;
  readonly sync: CommitlogSync;
  readonly serverCpu: string;
  readonly clientCpu: string;
  readonly cetoMemory: string;
  readonly cassandraHeap: string;
  readonly contestants: readonly ContestantName[];
}

const NORMAL = { rounds: 3, seconds: 10, warmUpSeconds: 10, stressOperations: 100_000, ddlStatements: 20 } as const;
/** Two minutes for everything: enough to see whether a change helped, not to publish. */
const QUICK = { rounds: 1, seconds: 3, warmUpSeconds: 4, stressOperations: 40_000, ddlStatements: 10 } as const;

/** Exits after --help and wrong options, with commander's words. */
export function parseBenchOptions(argv: readonly string[]): BenchOptions {
  const command = new Command('npm run bench --')
    .description('Measures Ceto beside Apache Cassandra 5.0 with latte and, where there is one, cassandra-stress.')
    .option('--quick', 'a run of about two minutes')
    .option(
      '--rounds <n>',
      `times that everything is measured; the median counts (default: ${NORMAL.rounds})`,
      atLeastOne,
    )
    .option('--seconds <n>', `how long each load runs (default: ${NORMAL.seconds})`, atLeastOne)
    .option('--partitions <n>', 'partitions of the table', atLeastOne, 200_000)
    .addOption(
      new Option('--sync <mode>', 'commitlog_sync of both').choices(['periodic', 'group', 'batch']).default('periodic'),
    )
    .option('--server-cpu <list>', 'CPUs of the server, as taskset reads them', '0')
    .option('--client-cpu <list>', 'CPUs of the client', '1')
    .option('--ceto-memory <size>', 'memory of Ceto', '1GiB')
    .option('--cassandra-heap <size>', 'heap of Cassandra, as -Xmx reads it', '4G')
    .addOption(new Option('--only <server>', 'measure one of the two').choices(['ceto', 'cassandra']))
    .allowExcessArguments(false)
    .parse([...argv]);
  const given = command.opts<Record<string, unknown>>();
  const preset = given['quick'] === true ? QUICK : NORMAL;
  const only = given['only'] as ContestantName | undefined;
  return {
    ...preset,
    rounds: (given['rounds'] as number | undefined) ?? preset.rounds,
    seconds: (given['seconds'] as number | undefined) ?? preset.seconds,
    partitions: given['partitions'] as number,
    sync: given['sync'] as CommitlogSync,
    serverCpu: given['serverCpu'] as string,
    clientCpu: given['clientCpu'] as string,
    cetoMemory: given['cetoMemory'] as string,
    cassandraHeap: given['cassandraHeap'] as string,
    contestants: only === undefined ? ['ceto', 'cassandra'] : [only],
  };
}
