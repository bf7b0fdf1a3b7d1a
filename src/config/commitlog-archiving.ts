/**
 * commitlog_archiving.properties, with Cassandra's names and meanings: how finished log segments are kept
 * elsewhere, and how far they are brought back at a start. Source: org.apache.cassandra.db.commitlog.CommitLogArchiver
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigurationError } from './config.ts';

export interface CommitlogArchiving {
  /** Null: segments are not archived. %path and %name stand for the segment. */
  readonly archiveCommand: string | null;
  /** %from and %to stand for the archived and the restored file. */
  readonly restoreCommand: string | null;
  readonly restoreDirectories: readonly string[];
  /** Microseconds since 1970; null: all. */
  readonly restoreUntilMicros: bigint | null;
  /** Microseconds in one unit of the clients' write timestamps. */
  readonly timestampMicros: bigint;
  /** Segment and offset as one number, segment first; 0: from the beginning. */
  readonly snapshotPosition: bigint;
  /** The text that was read: a restore with the same text is not done twice. */
  readonly text: string;
}

export const NO_ARCHIVING: CommitlogArchiving = {
  archiveCommand: null,
  restoreCommand: null,
  restoreDirectories: [],
  restoreUntilMicros: null,
  timestampMicros: 1n,
  snapshotPosition: 0n,
  text: '',
};

const FILE_NAME = 'commitlog_archiving.properties';

/** A position has 32 bits for the segment's id and as many for the offset. */
const MAX_POSITION_PART = 2n ** 32n - 1n;

/** java.util.concurrent.TimeUnit, in microseconds. */
const PRECISIONS: Readonly<Record<string, bigint>> = {
  MICROSECONDS: 1n,
  MILLISECONDS: 1_000n,
  SECONDS: 1_000_000n,
  MINUTES: 60_000_000n,
  HOURS: 3_600_000_000n,
  DAYS: 86_400_000_000n,
};

/** `file` must be there; without one, that beside the configuration counts if there is any. */
export function readArchiving(file: string | undefined, configuration: string | undefined): CommitlogArchiving {
  const beside = configuration === undefined ? undefined : join(dirname(configuration), FILE_NAME);
  const path = file ?? (beside !== undefined && existsSync(beside) ? beside : undefined);
  if (path === undefined) return NO_ARCHIVING;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`cannot read ${path}: ${(error as Error).message}`);
  }
  return parseArchiving(text, path);
}

/** `source` names the text in errors. Throws ConfigurationError. */
export function parseArchiving(text: string, source: string): CommitlogArchiving {
  const properties = parseProperties(text);
  const given = (name: string) => properties.get(name)?.trim() || null;
  const restoreDirectories = (given('restore_directories') ?? '').split(',').filter(Boolean);
  const restoreCommand = given('restore_command');
  if (restoreDirectories.length > 0 && restoreCommand === null) {
    throw new ConfigurationError(`${source}: restore_directories need a restore_command`);
  }
  const target = given('restore_point_in_time');
  const until = target === null ? null : parsePointInTime(target);
  if (target !== null && until === null) {
    throw new ConfigurationError(
      `${source}: Unable to parse restore target time: ${target}; expected yyyy:MM:dd HH:mm:ss[.SSSSSS]`,
    );
  }
  return {
    archiveCommand: given('archive_command'),
    restoreCommand,
    restoreDirectories,
    restoreUntilMicros: until,
    timestampMicros: precisionOf(given('precision') ?? 'MICROSECONDS', source),
    snapshotPosition: positionOf(given('snapshot_commitlog_position'), source),
    text,
  };
}

/** `yyyy:MM:dd HH:mm:ss`, with `.SSS` or `.SSSSSS`, in GMT; null for anything else. */
export function parsePointInTime(text: string): bigint | null {
  const match = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{6}|\d{3}))?$/.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const milliseconds = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(milliseconds);
  // 2026:02:30 is no day: Date would count on.
  const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  if (!same || minute > 59 || second > 59) return null;
  return BigInt(milliseconds) * 1_000n + BigInt((match[7] ?? '').padEnd(6, '0'));
}

function precisionOf(name: string, source: string): bigint {
  if (name === 'NANOSECONDS') {
    throw new ConfigurationError(`${source}: NANOSECONDS level precision is not supported.`);
  }
  const micros = PRECISIONS[name];
  if (micros === undefined) {
    const known = Object.keys(PRECISIONS).join(', ');
    throw new ConfigurationError(`${source}: Unable to parse precision of value ${name}; expected one of ${known}`);
  }
  return micros;
}

function positionOf(text: string | null, source: string): bigint {
  if (text === null) return 0n;
  const match = /^(\d{1,10})\s*,\s*(\d{1,10})$/.exec(text);
  const [segment, offset] = [BigInt(match?.[1] ?? 0), BigInt(match?.[2] ?? 0)];
  if (match === null || segment > MAX_POSITION_PART || offset > MAX_POSITION_PART) {
    throw new ConfigurationError(`${source}: Commit log position must be given as <segment>,<position>, not ${text}`);
  }
  return (segment << 32n) | offset;
}

/** java.util.Properties, without its escapes of characters: a backslash at the end joins lines. */
function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  const lines = text.replaceAll(/\\\r?\n[ \t]*/g, '').split(/\r?\n/);
  for (const line of lines) {
    const match = /^\s*([^#!\s=:][^\s=:]*)\s*[=:\s]\s*(.*)$/.exec(line);
    if (match?.[1] !== undefined) properties.set(match[1], match[2] ?? '');
  }
  return properties;
}
