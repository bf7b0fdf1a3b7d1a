/** nodetool's commands that load files: import and refresh as Cassandra's, loadsnapshot as Ceto's own. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ImportAnswer, LoadedSnapshot } from '../admin/file-operations.ts';
import { type Call, NodetoolError } from './nodetool-error.ts';

interface ImportOptions {
  readonly keepLevel?: boolean;
  readonly keepRepaired?: boolean;
  readonly verify: boolean;
  readonly extendedVerify?: boolean;
  readonly copyData?: boolean;
  readonly quick?: boolean;
}

export function importCommands(program: Command, call: Call): void {
  program
    .command('import [arguments...]')
    .usage('[options] <keyspace> <table> <directory> ...')
    .description('Import new SSTables to the system')
    .option('-l, --keep-level', 'keep the level on the new sstables')
    .option('-r, --keep-repaired', 'keep any repaired information from the sstables')
    .option('-v, --no-verify', "don't verify new sstables")
    .option('-e, --extended-verify', 'verify all values in the new sstables')
    .option('-p, --copy-data', 'copy data from source directories instead of moving them')
    .option('-q, --quick', 'do a quick import without verifying sstables')
    .option('-t, --no-tokens', 'taken for compatibility: one node owns all tokens')
    .option('-c, --no-invalidate-caches', 'taken for compatibility: caches are always kept right')
    .option('--no-index-validation', '(-niv) taken for compatibility')
    .option('--require-index-components', '(-ri) taken for compatibility')
    .action((words: string[], options: ImportOptions) => importTables(call, words, options));
  program
    .command('refresh [arguments...]')
    .usage('<keyspace> <table>')
    .description('Load newly placed SSTables to the system without restart')
    .action(async (words: string[]) => {
      console.log('nodetool refresh is deprecated, use nodetool import instead');
      const [keyspace, table] = words;
      if (words.length !== 2) throw new NodetoolError('refresh requires ks and cf args');
      await call('POST', '/api/v1/refresh', { keyspace, table });
    });
  program
    .command('loadsnapshot <directories...>')
    .description('Load snapshots with their schema.cql: missing keyspaces and tables are created, the files stay')
    .action(async (directories: string[]) => {
      const loaded = await call<LoadedSnapshot[]>('POST', '/api/v1/load-snapshot', {
        directories: directories.map((directory) => resolve(directory)),
      });
      for (const { keyspace, table, created } of loaded) {
        console.log(`Loaded ${keyspace}.${table}${created ? ', which was created' : ''}`);
      }
    });
}

async function importTables(call: Call, words: readonly string[], options: ImportOptions): Promise<void> {
  const [keyspace, table, ...directories] = words;
  if (directories.length === 0) throw new NodetoolError('import requires keyspace, table name and directories');
  const quick = options.quick === true;
  if (quick) console.log('Doing a quick import - skipping sstable verification and row cache invalidation');
  const { failed } = await call<ImportAnswer>('POST', '/api/v1/import', {
    ...{ keyspace, table, directories: directories.map((directory) => resolve(directory)) },
    keepLevel: options.keepLevel === true,
    keepRepaired: options.keepRepaired === true,
    verify: options.verify && !quick,
    extendedVerify: options.extendedVerify === true && !quick,
    copyData: options.copyData === true,
  });
  if (failed.length === 0) return;
  console.error('Some directories failed to import, check server logs for details:');
  for (const { directory, reason } of failed) console.error(`${directory}\n  ${reason}`);
  process.exitCode = 1;
}
