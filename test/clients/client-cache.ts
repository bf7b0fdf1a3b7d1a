/**
 * Clients that install themselves: each from its package manager with pinned versions into a folder below
 * `.cache/clients`, once. Where the runtime or the registry is missing, the reason is kept, and the tests
 * that need the client are reported as skipped with it.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

export const run = promisify(execFile);

const CACHE = join(import.meta.dirname, '../../.cache/clients');
/** Another test process prepares the same client; a first download through a slow registry takes minutes. */
const LOCK_PATIENCE_MS = 300_000;
const LOCK_POLL_MS = 200;
/** Of a failed installation's output: enough for its last error. */
const REASON_LENGTH = 400;

export type Prepared = { readonly folder: string } | { readonly missing: string };

/**
 * The folder that `install` has filled, made now if it is not there. `name` and `pins` (everything that
 * decides what is installed) choose the folder, so a changed pin makes a new one.
 */
export async function prepareClient(
  name: string,
  pins: readonly string[],
  install: (folder: string) => Promise<void>,
): Promise<Prepared> {
  const hash = createHash('sha256').update(pins.join('\0')).digest('hex').slice(0, 12);
  const folder = join(CACHE, `${name}-${hash}`);
  const complete = join(folder, '.complete');
  if (existsSync(complete)) return { folder };
  mkdirSync(CACHE, { recursive: true });
  const unlock = await lock(`${folder}.lock`);
  try {
    if (existsSync(complete)) return { folder };
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await install(folder);
    writeFileSync(complete, '');
    return { folder };
  } catch (error) {
    return { missing: `${name} could not be prepared: ${reasonOf(error)}` };
  } finally {
    unlock();
  }
}

/** Skips the test by name when its client could not be had. */
export function folderOf(prepared: Prepared, context: TestContext): string {
  if ('missing' in prepared) context.skip(prepared.missing);
  return prepared.folder;
}

/** Whether a program is on the PATH and starts. */
export async function hasProgram(program: string, versionOption: string): Promise<boolean> {
  return run(program, [versionOption]).then(
    () => true,
    () => false,
  );
}

function reasonOf(error: unknown): string {
  const { code, stderr, message } = error as { code?: unknown; stderr?: string; message?: string };
  if (code === 'ENOENT') return `${(error as { path?: string }).path ?? 'its runtime'} is not installed`;
  const text = (stderr ?? '').trim() || (message ?? String(error));
  return text.slice(-REASON_LENGTH).replaceAll(/\s+/g, ' ').trim();
}

/** One holder at a time over all processes: the file is made exclusively and holds its owner's pid. */
async function lock(path: string): Promise<() => void> {
  const deadline = Date.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (!ownerLives(path)) rmSync(path, { force: true });
    if (Date.now() > deadline) throw new Error(`${path} is held by another process`);
    await sleep(LOCK_POLL_MS);
  }
}

function ownerLives(path: string): boolean {
  try {
    const owner = Number(readFileSync(path, 'utf8'));
    // Empty for the moment between creation and writing: taken as alive.
    if (owner > 0) process.kill(owner, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
