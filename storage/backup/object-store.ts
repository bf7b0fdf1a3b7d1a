/**
 * ObjectStore: where backups are kept: a directory or an S3-compatible store. Objects are named by their
 * content and never change; what is put under a name is whole or not there.
 */
import type { Readable } from 'node:stream';

export interface ObjectStore {
  /** Sizes by key of all that begins with the prefix. */
  list(prefix: string): Promise<Map<string, number>>;
  /** A file's content, of which the size is known. */
  putFile(key: string, path: string, sizeBytes: number): Promise<void>;
  putText(key: string, text: string): Promise<void>;
  /** Null: there is no such object. */
  getText(key: string): Promise<string | null>;
  /** Throws BackupError where there is no such object. */
  get(key: string): Promise<Readable>;
  close(): void;
}

/** A backup that cannot be made or read; the message is the operator's. */
export class BackupError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BackupError';
  }
}
