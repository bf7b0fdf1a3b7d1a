/** nodetool: Cassandra's commands and output over Ceto's admin endpoint. */
import { Command, CommanderError } from 'commander';
import type { ClientStatistics, NodeStatus, TableStatistics } from '../admin/operations.ts';
import { askNode, connectFailure, type NodeAnswer } from './admin-client.ts';
import { backupCommands } from './backup-commands.ts';
import { compactionCommands } from './compaction-commands.ts';
import { importCommands } from './import-commands.ts';
import { maintenanceCommands } from './maintenance-commands.ts';
import { NodetoolError } from './nodetool-error.ts';
import { withLongOptions } from './option-aliases.ts';
import { clientStatsReport, describeClusterReport, infoReport, statusReport } from './reports.ts';
import { snapshotCommands } from './snapshot-commands.ts';
import { type TableStatsOptions, tableStatsReport } from './table-stats-report.ts';

const program = new Command('nodetool');

async function call<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
  const { host, port } = program.opts<{ host: string; port: string }>();
  let answer: NodeAnswer<Answer>;
  try {
    answer = await askNode(`http://${host}:${port}`, method, path, body);
  } catch (error) {
    throw new NodetoolError(`Failed to connect to '${host}:${port}' - ${connectFailure(error)}.`);
  }
  const { status, content } = answer;
  if (status !== 200) throw new NodetoolError(content.error ?? `the node answered ${status}`, status >= 500);
  return content;
}

const status = () => call<NodeStatus>('GET', '/api/v1/status');

async function onTables(path: string, keyspace: string | undefined, tables: readonly string[]): Promise<void> {
  await call('POST', path, { ...(keyspace === undefined ? {} : { keyspace }), tables });
}

program
  .description('Manage a Ceto node with the commands of Cassandra’s nodetool')
  .option('-h, --host <host>', 'node hostname or ip address', '127.0.0.1')
  .option('-p, --port <port>', 'admin port of the node', '10000')
  .helpOption('--help', 'display help for a command')
  .enablePositionalOptions()
  .exitOverride();

program
  .command('status [keyspace]')
  .description('Print cluster information (state, load, IDs, ...)')
  .action(async () => console.log(statusReport(await status())));
program
  .command('info')
  .description('Print node information (uptime, load, ...)')
  .action(async () => console.log(infoReport(await status())));
program
  .command('version')
  .description('Print cassandra version')
  .action(async () => console.log(`ReleaseVersion: ${(await status()).releaseVersion}`));
program
  .command('describecluster')
  .description('Print the name, snitch, partitioner and schema version of a cluster')
  .action(async () => console.log(describeClusterReport(await status())));
program
  .command('tablestats [names...]')
  .alias('cfstats')
  .description('Print statistics on tables')
  .option('-H, --human-readable', 'Display bytes in human readable form, i.e. KiB, MiB, GiB, TiB')
  .action(async (names: string[], options: TableStatsOptions) => {
    const keyspaces = [...new Set(names.map((name) => name.split('.')[0] ?? name))];
    const tables = await call<TableStatistics[]>('GET', `/api/v1/tablestats?keyspaces=${keyspaces.join(',')}`);
    const wanted = (found: TableStatistics) =>
      names.length === 0 || names.includes(found.keyspace) || names.includes(`${found.keyspace}.${found.table}`);
    console.log(tableStatsReport(tables.filter(wanted), options));
  });
program
  .command('clientstats')
  .description('Print information about connected clients')
  .action(async () => console.log(clientStatsReport(await call<ClientStatistics[]>('GET', '/api/v1/clients'))));
program
  .command('flush [keyspace] [tables...]')
  .description('Flush one or more tables')
  .action((keyspace: string | undefined, tables: string[]) => onTables('/api/v1/flush', keyspace, tables));
program
  .command('drain')
  .description('Drain the node (stop accepting writes and flush all tables)')
  .action(async () => {
    await call('POST', '/api/v1/drain');
  });
snapshotCommands(program, call);
importCommands(program, call);
backupCommands(program, call);
compactionCommands(program, call);
maintenanceCommands(program, call);

try {
  await program.parseAsync(withLongOptions(process.argv));
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 1;
  else if (error instanceof NodetoolError && error.failure) {
    for (const line of error.message.split('\n')) console.error(`error: ${line}`);
    process.exitCode = 2;
  } else if (error instanceof NodetoolError) {
    console.error(`nodetool: ${error.message}`);
    console.error("See 'nodetool help' or 'nodetool help <command>'.");
    process.exitCode = 1;
  } else throw error;
}
