/**
 * Brings archived commit-log segments back before the shards start, which then replay them. A restore is done
 * once: its settings are kept when it is complete, and an unchanged file is passed over at later starts, which
 * would otherwise leave out what was written since.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Logger } from 'pino';
import { type CommitlogArchiving, NO_ARCHIVING } from '../config/commitlog-archiving.ts';
import { archiveName } from './archiver.ts';
import { runCommand } from './run-command.ts';

/** Where the shards look for what was restored (docs/formats/commitlog.md). */
const RESTORE_FOLDER = 'restore';
const SEGMENT_MAGIC = 'CETOLOG2';

/** Whether the shards have anything to restore. `done`: the text of the settings that were restored last. */
export async function restoreArchive(
  archiving: CommitlogArchiving,
  commitlogDirectory: string,
  done: string | null,
  log: Logger,
): Promise<boolean> {
  const wanted =
    archiving.restoreDirectories.length > 0 ||
    archiving.restoreUntilMicros !== null ||
    archiving.snapshotPosition !== NO_ARCHIVING.snapshotPosition;
  if (!wanted) return false;
  if (done === archiving.text) {
    log.info('the commit log was restored with these settings before: nothing is restored');
    return false;
  }
  const to = join(commitlogDirectory, RESTORE_FOLDER);
  let files = 0;
  for (const directory of archiving.restoreDirectories) {
    mkdirSync(directory, { recursive: true });
    for (const name of readdirSync(directory).sort()) {
      await restoreFile(join(directory, name), to, archiving.restoreCommand ?? '', log);
      files++;
    }
  }
  const active = files > 0 || archiving.restoreUntilMicros !== null;
  if (active) log.info({ segments: files }, 'restoring from the archived commit log');
  return active;
}

export function forgetRestored(commitlogDirectory: string): void {
  rmSync(join(commitlogDirectory, RESTORE_FOLDER), { recursive: true, force: true });
}

async function restoreFile(from: string, directory: string, command: string, log: Logger): Promise<void> {
  const name = /^shard-\d+-segment-\d+\.log$/.test(basename(from)) ? basename(from) : nameInHeader(from);
  if (name === null) {
    throw new Error(`Cannot safely construct descriptor for segment, either from its name or its header: ${from}`);
  }
  const to = join(directory, name);
  if (existsSync(to)) {
    log.debug(`Skipping restore of archive ${from} as the segment already exists in the restore location ${to}`);
    return;
  }
  mkdirSync(directory, { recursive: true });
  await runCommand(command, { from, to });
}

/** What archiving would call the segment. */
function nameInHeader(path: string): string | null {
  const header = Buffer.alloc(20);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, header, 0, header.length, 0) < header.length) return null;
  } finally {
    closeSync(file);
  }
  if (header.toString('latin1', 0, SEGMENT_MAGIC.length) !== SEGMENT_MAGIC) return null;
  return archiveName({ shard: header.readUInt32LE(16), id: header.readBigUInt64LE(8) });
}
