/**
 * manifest.json of a snapshot, in Cassandra's form (org.apache.cassandra.service.snapshot.SnapshotManifest):
 * the Data.db files, when it was taken, and when it may go.
 */

export const MANIFEST = 'manifest.json';

export interface SnapshotManifest {
  readonly files: readonly string[];
  readonly createdAt: Date;
  /** Null: stays until it is cleared. */
  readonly expiresAt: Date | null;
  /** Gone with the next start. */
  readonly ephemeral: boolean;
}

/** ISO 8601 as Java prints an Instant: no fraction where there is none. */
export function instantText(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}

export function formatManifest(manifest: SnapshotManifest): string {
  const files = manifest.files.map((name) => JSON.stringify(name)).join(', ');
  const time = (at: Date | null) => (at === null ? 'null' : JSON.stringify(instantText(at)));
  return [
    '{',
    `  "files" : [ ${files}${files === '' ? '' : ' '}],`,
    `  "created_at" : ${time(manifest.createdAt)},`,
    `  "expires_at" : ${time(manifest.expiresAt)},`,
    `  "ephemeral" : ${manifest.ephemeral}`,
    '}',
  ].join('\n');
}

/** Null for text that is no manifest; times and marks that are missing (Cassandra before 4.1) are null and false. */
export function parseManifest(text: string): (Omit<SnapshotManifest, 'createdAt'> & { createdAt: Date | null }) | null {
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || !Array.isArray(parsed['files'])) return null;
  return {
    files: parsed['files'].filter((name) => typeof name === 'string'),
    createdAt: readTime(parsed['created_at']),
    expiresAt: readTime(parsed['expires_at']),
    ephemeral: parsed['ephemeral'] === true,
  };
}

function readTime(value: unknown): Date | null {
  const time = typeof value === 'string' ? new Date(value) : null;
  return time === null || Number.isNaN(time.getTime()) ? null : time;
}
