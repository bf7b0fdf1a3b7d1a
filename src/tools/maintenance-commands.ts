/** nodetool's commands about the files of tables. */
import { type Command, Option } from 'commander';
import type { Call } from './nodetool-error.ts';
import { choice } from './table-choice.ts';

interface VerifyOptions {
  readonly extendedVerify?: boolean;
  readonly quick?: boolean;
  readonly checkTokens?: boolean;
  readonly checkVersion?: boolean;
}

interface ScrubOptions {
  readonly skipCorrupted?: boolean;
  readonly validate: boolean;
  readonly snapshot: boolean;
}

interface CompactOptions {
  readonly splitOutput?: boolean;
  readonly userDefined?: boolean;
  readonly startToken?: string;
  readonly endToken?: string;
}

export function maintenanceCommands(program: Command, call: Call): void {
  verifyCommand(program, call);
  scrubCommand(program, call);
  compactCommand(program, call);
  rewriteCommands(program, call);
  program
    .command('getsstables <keyspace> <table> <key>')
    .description('Print the sstable filenames that own the key')
    .action(async (keyspace: string, table: string, key: string) => {
      const query = new URLSearchParams({ keyspace, table, key });
      for (const path of await call<string[]>('GET', `/api/v1/sstables?${query}`)) console.log(path);
    });
}

function verifyCommand(program: Command, call: Call): void {
  program
    .command('verify [keyspace] [tables...]')
    .description('Verify (check data checksum for) one or more tables')
    .option('-e, --extended-verify', 'Verify data: extended verify of all data, not only of checksums')
    .option('-c, --check-version', 'Also check that all sstables are the latest version')
    .option('-t, --check-tokens', 'Verify that all tokens in sstables are owned by this node')
    .option('-q, --quick', 'Do a quick check: avoid reading all data to verify checksums')
    .option('-f, --force', 'Accepted as Cassandra demands it')
    .action(async (keyspace: string | undefined, tables: string[], options: VerifyOptions) => {
      await call('POST', '/api/v1/verify', {
        ...choice(keyspace, tables),
        extended: options.extendedVerify ?? false,
        quick: options.quick ?? false,
        checkTokens: options.checkTokens ?? false,
        checkVersion: options.checkVersion ?? false,
      });
    });
}

function scrubCommand(program: Command, call: Call): void {
  program
    .command('scrub [keyspace] [tables...]')
    .description('Scrub (rebuild sstables for) one or more tables')
    .option('-s, --skip-corrupted', 'Skip corrupted partitions even when scrubbing counter tables')
    .option('-n, --no-validate', 'Do not validate columns using column validator')
    .option('--no-snapshot', 'Scrubbed column families will be snapshotted first, if disableSnapshot is false')
    .option('-j, --jobs <jobs>', 'Accepted; each shard scrubs one sstable at a time')
    .action(async (keyspace: string | undefined, tables: string[], options: ScrubOptions) => {
      await call('POST', '/api/v1/scrub', {
        ...choice(keyspace, tables),
        skipCorrupted: options.skipCorrupted ?? false,
        noValidate: !options.validate,
        noSnapshot: !options.snapshot,
      });
    });
}

function compactCommand(program: Command, call: Call): void {
  program
    .command('compact [keyspace] [tables...]')
    .description('Force a (major) compaction on one or more tables or user-defined compaction on given SSTables')
    .option('-s, --split-output', 'Use -s to not create a single big file')
    .option('--user-defined', 'Use --user-defined to submit listed files for user-defined compaction')
    .option('--start-token <token>', 'Use -st to specify a token at which the compaction range starts (exclusive)')
    .option('--end-token <token>', 'Use -et to specify a token at which compaction range ends (inclusive)')
    .action(async (keyspace: string | undefined, tables: string[], options: CompactOptions) => {
      if (options.userDefined === true) {
        await call('POST', '/api/v1/compact', { files: [...(keyspace === undefined ? [] : [keyspace]), ...tables] });
        return;
      }
      const { startToken, endToken, splitOutput } = options;
      await call('POST', '/api/v1/compact', {
        ...choice(keyspace, tables),
        ...(startToken === undefined ? {} : { startToken }),
        ...(endToken === undefined ? {} : { endToken }),
        ...(splitOutput === true ? { splitOutput } : {}),
      });
    });
}

function rewriteCommands(program: Command, call: Call): void {
  const rewrite = (keyspace: string | undefined, tables: string[], what: string) =>
    call('POST', '/api/v1/rewrite', { ...choice(keyspace, tables), what });
  program
    .command('cleanup [keyspace] [tables...]')
    .description('Triggers the immediate cleanup of keys no longer belonging to a node')
    .option('-j, --jobs <jobs>', 'Accepted; each shard cleans up one sstable at a time')
    .action(async (keyspace: string | undefined, tables: string[]) => {
      await rewrite(keyspace, tables, 'cleanup');
    });
  program
    .command('upgradesstables [keyspace] [tables...]')
    .description('Rewrite sstables (for the requested tables) that are not on the current version')
    .option('-a, --include-all-sstables', 'Use -a to include all sstables, even those already on the current version')
    .option('-j, --jobs <jobs>', 'Accepted; each shard rewrites one sstable at a time')
    .action(async (keyspace: string | undefined, tables: string[], options: { includeAllSstables?: boolean }) => {
      await rewrite(keyspace, tables, options.includeAllSstables === true ? 'upgradeAll' : 'upgrade');
    });
  program
    .command('garbagecollect [keyspace] [tables...]')
    .description('Remove deleted data from one or more tables')
    .addOption(
      new Option(
        '-g, --granularity <granularity>',
        'ROW removes deleted partitions and rows, CELL also removes overwritten or deleted cells',
      )
        .choices(['ROW', 'CELL'])
        .default('ROW'),
    )
    .option('-j, --jobs <jobs>', 'Accepted; each shard rewrites one sstable at a time')
    .action(async (keyspace: string | undefined, tables: string[], { granularity }: { granularity: string }) => {
      await rewrite(keyspace, tables, granularity === 'CELL' ? 'garbageCells' : 'garbageRows');
    });
  program
    .command('recompress_sstables [keyspace] [tables...]')
    .description('Rewrite sstables that have compression configuration different from the current')
    .option('-j, --jobs <jobs>', 'Accepted; each shard rewrites one sstable at a time')
    .action(async (keyspace: string | undefined, tables: string[]) => {
      await rewrite(keyspace, tables, 'recompress');
    });
}
