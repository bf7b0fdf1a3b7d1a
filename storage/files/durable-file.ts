/** Small files and directory entries that are on disk when the promise resolves. */
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The directory's entries: names that were made, renamed or removed. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The name stands for the whole content or is not there; durable with `syncDirectory`. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** `writeWhole`, and its name is durable too. */
export async function writeDurably(path: string, content: string): Promise<void> {
  await writeWhole(path, content);
  await syncDirectory(dirname(path));
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
