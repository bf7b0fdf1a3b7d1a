/** An ObjectStore in a directory; the keys are paths below it. */
import { createReadStream } from 'node:fs';
import { constants, copyFile, mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { syncDirectory, writeDurably } from '../files/durable-file.ts';
import { BackupError, type ObjectStore } from './object-store.ts';

/** Ends the name of a file that is on its way; a later put begins anew. */
const TEMPORARY = '.part';

export class DirectoryStore implements ObjectStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async list(prefix: string): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    const base = join(this.#root, prefix);
    let entries: Awaited<ReturnType<typeof readEntries>>;
    try {
      entries = await readEntries(base);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return found;
      throw error;
    }
    for (const entry of entries) {
      if (!entry.isFile() || entry.name.endsWith(TEMPORARY) || entry.name.endsWith('.tmp')) continue;
      const path = join(entry.parentPath, entry.name);
      found.set(relative(this.#root, path), (await stat(path)).size);
    }
    return found;
  }

  async putFile(key: string, path: string): Promise<void> {
    const target = join(this.#root, key);
    await mkdir(dirname(target), { recursive: true });
    const temporary = target + TEMPORARY;
    await copyFile(path, temporary, constants.COPYFILE_FICLONE);
    const file = await open(temporary, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    await syncDirectory(dirname(target));
  }

  async putText(key: string, text: string): Promise<void> {
    const target = join(this.#root, key);
    await mkdir(dirname(target), { recursive: true });
    await writeDurably(target, text);
  }

  async getText(key: string): Promise<string | null> {
    try {
      return await readFile(join(this.#root, key), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async get(key: string): Promise<Readable> {
    const path = join(this.#root, key);
    const there = await stat(path).catch(() => null);
    if (there === null) throw new BackupError(`the backup has no object ${key}`);
    return createReadStream(path);
  }

  close(): void {}
}

function readEntries(path: string) {
  return readdir(path, { recursive: true, withFileTypes: true });
}
