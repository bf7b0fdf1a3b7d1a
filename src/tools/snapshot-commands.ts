/** nodetool's commands about snapshots and incremental backups, with Cassandra's options, output and words. */
import type { Command } from 'commander';
import type { SnapshotList } from '../admin/file-operations.ts';
import { invalidDuration, parseDurationMicros } from '../config/units.ts';
import { formatSize } from './format.ts';
import { type Call, NodetoolError } from './nodetool-error.ts';

interface SnapshotOptions {
  readonly columnFamily?: string;
  readonly tag: string;
  readonly ktList?: string;
  readonly skipFlush?: boolean;
  readonly ttl?: string;
}

export function snapshotCommands(program: Command, call: Call): void {
  takeAndClearCommands(program, call);
  backupCommands(program, call);
}

function takeAndClearCommands(program: Command, call: Call): void {
  program
    .command('snapshot [keyspaces...]')
    .description('Take a snapshot of specified keyspaces or a snapshot of the specified table')
    .option('--column-family <table>', '(-cf) the table name; needs exactly one keyspace')
    .option('-t, --tag <tag>', 'the name of the snapshot', String(Date.now()))
    .option('--kt-list <list>', '(-kt) keyspace.table, separated by commas; without keyspaces')
    .option('--skip-flush', '(-sf) do not flush memtables first: the snapshot has no unflushed data')
    .option('--ttl <ttl>', 'the time to live of the snapshot, for instance 3h')
    .action((keyspaces: string[], options: SnapshotOptions) => takeSnapshot(call, keyspaces, options));
  program
    .command('listsnapshots')
    .description('Lists all the snapshots along with the size on disk and true size')
    .option('--no-ttl', '(-nt) skip snapshots with TTL')
    .option('-e, --ephemeral', 'include ephemeral snapshots')
    .action(async (options: { ttl: boolean; ephemeral?: boolean }) => {
      const list = await call<SnapshotList>('GET', '/api/v1/snapshots');
      console.log(snapshotReport(list, { withTtl: options.ttl, ephemeral: options.ephemeral === true }));
    });
  program
    .command('clearsnapshot [keyspaces...]')
    .description('Remove the snapshot with the given name from the given keyspaces')
    .option('-t <snapshot_name>', 'remove the snapshot with a given name')
    .option('--all', 'removes all snapshots')
    .option('--older-than <duration>', 'clear snapshots older than this, for instance 30d')
    .option('--older-than-timestamp <time>', 'clear snapshots older than this, for instance 2022-12-03T10:15:30Z')
    .action((keyspaces: string[], options: ClearOptions) => clearSnapshots(call, keyspaces, options));
}

function backupCommands(program: Command, call: Call): void {
  const path = '/api/v1/incremental-backups';
  program
    .command('statusbackup')
    .description('Status of incremental backup')
    .action(async () => console.log((await call<{ on: boolean }>('GET', path)).on ? 'running' : 'not running'));
  for (const [name, on] of [
    ['enablebackup', true],
    ['disablebackup', false],
  ] as const) {
    program
      .command(name)
      .description(`${on ? 'Enable' : 'Disable'} incremental backup`)
      .action(async () => {
        await call('POST', path, { on });
      });
  }
}

async function takeSnapshot(call: Call, keyspaces: readonly string[], options: SnapshotOptions): Promise<void> {
  const { tag, skipFlush = false, ttl, columnFamily } = options;
  if (tag.includes('/')) throw new NodetoolError('Snapshot name cannot contain /', true);
  if (ttl !== undefined && parseDurationMicros(ttl) === null) throw new NodetoolError(invalidDuration(ttl));
  const list = options.ktList?.replaceAll(' ', '') ?? '';
  if (list !== '' && (keyspaces.length > 0 || columnFamily !== undefined)) {
    throw new NodetoolError(
      'When specifying the Keyspace table list (using -kt,--kt-list,-kc,--kc.list), you must not also specify keyspaces to snapshot',
      true,
    );
  }
  const what = list !== '' ? list : keyspaces.length === 0 ? 'all keyspaces' : keyspaces.join(', ');
  const shown = [`skipFlush=${skipFlush}`, ...(ttl === undefined ? [] : [`ttl=${ttl}`])].join(', ');
  console.log(`Requested creating snapshot(s) for [${what}] with snapshot name [${tag}] and options {${shown}}`);
  await call('POST', '/api/v1/snapshots', {
    tag,
    skipFlush,
    ...(ttl === undefined ? {} : { ttl }),
    ...(columnFamily === undefined ? {} : { table: columnFamily }),
    ...(list === '' ? { keyspaces } : { tables: list.split(',') }),
  });
  console.log(`Snapshot directory: ${tag}`);
}

interface ClearOptions {
  readonly t?: string;
  readonly all?: boolean;
  readonly olderThan?: string;
  readonly olderThanTimestamp?: string;
}

async function clearSnapshots(call: Call, keyspaces: readonly string[], options: ClearOptions): Promise<void> {
  const { t: tag = '', all = false, olderThan, olderThanTimestamp } = options;
  if (tag === '' && !all) throw new NodetoolError('Specify snapshot name or --all');
  if (tag !== '' && all) throw new NodetoolError('Specify only one of snapshot name or --all');
  if (olderThan !== undefined && olderThanTimestamp !== undefined) {
    throw new NodetoolError('Specify only one of --older-than or --older-than-timestamp');
  }
  const before = clearBefore(olderThan, olderThanTimestamp);
  const where = keyspaces.length === 0 ? 'all keyspaces' : keyspaces.join(', ');
  const which = tag === '' ? '[all snapshots]' : `snapshot name [${tag}]`;
  const older = olderThan ?? olderThanTimestamp;
  console.log(
    `Requested clearing snapshot(s) for [${where}] with ${which}${older === undefined ? '' : ` older than ${older}`}`,
  );
  await call('POST', '/api/v1/snapshots/clear', {
    keyspaces,
    ...(tag === '' ? {} : { tag }),
    ...(before === null ? {} : { before: before.toISOString() }),
  });
}

function clearBefore(olderThan: string | undefined, timestamp: string | undefined): Date | null {
  if (olderThan !== undefined) {
    const micros = parseDurationMicros(olderThan);
    if (micros === null) throw new NodetoolError(invalidDuration(olderThan));
    return new Date(Date.now() - micros / 1000);
  }
  if (timestamp === undefined) return null;
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime()))
    throw new NodetoolError('Parameter --older-than-timestamp has to be a valid instant in ISO format.');
  return time;
}

export interface ReportOptions {
  readonly withTtl: boolean;
  readonly ephemeral: boolean;
}

export function snapshotReport(list: SnapshotList, { withTtl, ephemeral }: ReportOptions): string {
  const snapshots = list.snapshots.filter(
    (snapshot) => (withTtl || snapshot.expiresAt === null) && (ephemeral || !snapshot.ephemeral),
  );
  if (snapshots.length === 0) return 'Snapshot Details: \nThere are no snapshots';
  const header = ['Snapshot name', 'Keyspace name', 'Column family name', 'True size', 'Size on disk'];
  header.push('Creation time', 'Expiration time', 'Ephemeral');
  const rows = snapshots.map((snapshot) => [
    snapshot.tag,
    snapshot.keyspace,
    snapshot.table,
    formatSize(snapshot.trueBytes),
    formatSize(snapshot.sizeBytes),
    snapshot.createdAt,
    snapshot.expiresAt ?? '',
    String(snapshot.ephemeral),
  ]);
  const shown = [header, ...rows].map((row) => (ephemeral ? row : row.slice(0, -1)));
  return ['Snapshot Details: ', padded(shown), '', `Total TrueDiskSpaceUsed: ${formatSize(list.trueBytes)}`, ''].join(
    '\n',
  );
}

/** Every cell as wide as its column's widest, one space between, as Cassandra prints tables. */
function padded(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' ')).join('\n');
}
