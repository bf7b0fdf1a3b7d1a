/** nodetool's commands about compactions: what they do, what they did, and how much they may. */
import type { Command } from 'commander';
import type {
  AutocompactionStatus,
  CompactionHistoryEntry,
  CompactionStatistics,
  CompactionThresholds,
  TableHistograms,
} from '../admin/maintenance-operations.ts';
import {
  type CompactionStatsOptions,
  compactionHistoryReport,
  compactionStatsReport,
  tableHistogramsReport,
  tableText,
} from './compaction-reports.ts';
import { type Call, NodetoolError } from './nodetool-error.ts';
import { choice } from './table-choice.ts';

const MEBIBYTE = 2 ** 20;

/** org.apache.cassandra.db.compaction.OperationType */
const OPERATIONS: ReadonlySet<string> = new Set([
  ...['P0', 'REWRITE', 'COMPACTION', 'VALIDATION', 'KEY_CACHE_SAVE', 'ROW_CACHE_SAVE', 'COUNTER_CACHE_SAVE', 'CLEANUP'],
  ...['SCRUB', 'UPGRADE_SSTABLES', 'INDEX_BUILD', 'TOMBSTONE_COMPACTION', 'UNKNOWN', 'ANTICOMPACTION', 'VERIFY'],
  ...['VIEW_BUILD', 'STREAM', 'WRITE', 'INDEX_SUMMARY', 'RELOCATE', 'GARBAGE_COLLECT', 'MAJOR_COMPACTION', 'FLUSH'],
]);

export function compactionCommands(program: Command, call: Call): void {
  statisticsCommands(program, call);
  limitCommands(program, call);
  thresholdCommands(program, call);
  autocompactionCommands(program, call);
}

function statisticsCommands(program: Command, call: Call): void {
  program
    .command('compactionstats')
    .description('Print statistics on compactions')
    .option('-H, --human-readable', 'Display bytes in human readable form, i.e. KiB, MiB, GiB, TiB')
    .option('-V, --vtable', 'Display fields matching vtable output')
    .action(async (options: CompactionStatsOptions) =>
      console.log(compactionStatsReport(await call<CompactionStatistics>('GET', '/api/v1/compactions'), options)),
    );
  program
    .command('compactionhistory')
    .description('Print history of compaction')
    .option('-F, --format <format>', 'Output format (json, yaml)', '')
    .action(async ({ format }: { format: string }) => {
      if (!['', 'json', 'yaml'].includes(format)) throw new NodetoolError('arguments for -F are json,yaml only.');
      const entries = await call<CompactionHistoryEntry[]>('GET', '/api/v1/compactionhistory');
      console.log(compactionHistoryReport(entries, format));
    });
  program
    .command('stop [type]')
    .description('Stop compaction')
    .option('--compaction-id <id>', 'Use -id to stop a compaction by the specified id')
    .action(async (type: string | undefined, options: { compactionId?: string }) => {
      if (type !== undefined && !OPERATIONS.has(type.toUpperCase())) {
        throw new NodetoolError(`compaction_type: can not convert "${type}" to a OperationType`);
      }
      const id = options.compactionId;
      await call('POST', '/api/v1/compactions/stop', id === undefined ? { kind: type?.toUpperCase() ?? '' } : { id });
    });
  program
    .command('tablehistograms <names...>')
    .alias('cfhistograms')
    .description('Print statistic histograms for a given table')
    .action(async (names: string[]) => {
      const [keyspace = '', table = ''] = names.length === 1 ? (names[0] ?? '').split('.') : names;
      if (table === '')
        throw new NodetoolError('tablehistograms requires <keyspace> <table> or <keyspace.table> format argument.');
      const query = new URLSearchParams({ keyspace, table });
      const histograms = await call<TableHistograms>('GET', `/api/v1/histograms?${query}`);
      console.log(tableHistogramsReport(keyspace, table, histograms));
    });
}

function limitCommands(program: Command, call: Call): void {
  const statistics = () => call<CompactionStatistics>('GET', '/api/v1/compactions');
  program
    .command('getcompactionthroughput')
    .description('Print the MiB/s throughput cap for compaction in the system')
    .option('-d, --precise-mib', 'Print the MiB/s throughput cap for compaction in the system as a precise number')
    .action(async ({ preciseMib }: { preciseMib?: boolean }) => {
      const mebibytes = (await statistics()).throughputBytes / MEBIBYTE;
      const precise = Number.isInteger(mebibytes) ? mebibytes.toFixed(1) : String(mebibytes);
      console.log(
        `Current compaction throughput: ${preciseMib === true ? `${precise} MiB/s` : `${Math.round(mebibytes)} MB/s`}`,
      );
    });
  program
    .command('setcompactionthroughput <value>')
    .description('Set the MiB/s throughput cap for compaction in the system, or 0 to disable throttling')
    .allowUnknownOption()
    .action(async (value: string) => {
      if (!/^-?\d+$/.test(value))
        throw new NodetoolError(`compaction_throughput: can not convert "${value}" to a Integer`);
      if (value.startsWith('-')) throw new NodetoolError('Invalid data rate: value must be non-negative');
      await call('POST', '/api/v1/compactions/throughput', { bytesPerSecond: Number(value) * MEBIBYTE });
    });
  program
    .command('getconcurrentcompactors')
    .description('Get the number of concurrent compactors in the system.')
    .action(async () =>
      console.log(`Current concurrent compactors in the system is: \n${(await statistics()).concurrentCompactors}`),
    );
  program
    .command('setconcurrentcompactors <value>')
    .description('Set number of concurrent compactors in the system.')
    .action(async (value: string) => {
      if (!/^\d+$/.test(value))
        throw new NodetoolError(`concurrent_compactors: can not convert "${value}" to a Integer`);
      await call('POST', '/api/v1/compactions/concurrent', { count: Number(value) });
    });
}

function thresholdCommands(program: Command, call: Call): void {
  program
    .command('getcompactionthreshold [names...]')
    .description('Print min and max compaction thresholds for a given table')
    .action(async (names: string[]) => {
      const [keyspace, table] = names;
      if (keyspace === undefined || table === undefined) {
        throw new NodetoolError('getcompactionthreshold requires ks and cf args');
      }
      const query = new URLSearchParams({ keyspace, table });
      const { min, max } = await call<CompactionThresholds>('GET', `/api/v1/compactionthreshold?${query}`);
      console.log(`Current compaction thresholds for ${keyspace}/${table}: \n min = ${min},  max = ${max}`);
    });
  program
    .command('setcompactionthreshold [values...]')
    .description('Set min and max compaction thresholds for a given table')
    .action(async (values: string[]) => {
      const [keyspace, table, min, max] = values;
      if (values.length !== 4) {
        throw new NodetoolError('setcompactionthreshold requires ks, cf, min, and max threshold args.');
      }
      const body = { keyspace, table, min: Number(min), max: Number(max) };
      await call('POST', '/api/v1/compactionthreshold', body);
    });
}

function autocompactionCommands(program: Command, call: Call): void {
  for (const [name, enabled] of [
    ['enableautocompaction', true],
    ['disableautocompaction', false],
  ] as const) {
    program
      .command(`${name} [keyspace] [tables...]`)
      .description(`${enabled ? 'Enable' : 'Disable'} autocompaction for the given keyspace and table`)
      .action(async (keyspace: string | undefined, tables: string[]) => {
        await call('POST', '/api/v1/autocompaction', { ...choice(keyspace, tables), enabled });
      });
  }
  program
    .command('statusautocompaction [keyspace] [tables...]')
    .description('status of autocompaction of the given keyspace and table')
    .option('-a, --all', 'Show auto compaction status for each keyspace/table')
    .action(async (keyspace: string | undefined, tables: string[], { all }: { all?: boolean }) => {
      const query = new URLSearchParams({ ...(keyspace === undefined ? {} : { keyspace }), tables: tables.join(',') });
      const found = await call<AutocompactionStatus[]>('GET', `/api/v1/autocompaction?${query}`);
      console.log(all === true ? autocompactionTable(found) : autocompactionSummary(found));
    });
}

const word = (running: boolean) => (running ? 'running' : 'not running');

function autocompactionTable(found: readonly AutocompactionStatus[]): string {
  return tableText([
    ['Keyspace', 'Table', 'Status'],
    ...found.map(({ keyspace, table, running }) => [keyspace, table, word(running)]),
  ]);
}

function autocompactionSummary(found: readonly AutocompactionStatus[]): string {
  const running = found.filter((status) => status.running).length;
  if (running > 0 && running < found.length) return 'partially running';
  return word(running > 0);
}
