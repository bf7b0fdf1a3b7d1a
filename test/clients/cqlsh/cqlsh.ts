/** Runs cqlsh on a script, as a user would with `cqlsh -f`. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../target.ts';

/** COPY of a large file is the slowest thing asked of it. */
const CQLSH_TIMEOUT_MS = 170_000;
/** Printed because 6.2.2 was built with 5.0.0 in mind; not the server's doing. */
const VERSION_WARNING = /WARNING: cqlsh was built against .*?All features may not work!\n?/gs;

export interface CqlshResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** `folder` is the virtual environment that holds cqlsh. */
export async function runCqlsh(
  folder: string,
  target: Target,
  script: string,
  options: readonly string[] = [],
): Promise<CqlshResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'ceto-cqlsh-'));
  const file = join(scratch, 'script.cql');
  writeFileSync(file, script);
  // Its own HOME, so that a cqlshrc of the user decides nothing here.
  const environment = { ...process.env, HOME: scratch, PYTHONIOENCODING: 'utf-8', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  try {
    return await new Promise((resolve) => {
      execFile(
        join(folder, 'bin/cqlsh'),
        [target.host, String(target.port), '--no-color', '--encoding', 'utf-8', '-f', file, ...options],
        { env: environment, timeout: CQLSH_TIMEOUT_MS, maxBuffer: 64 << 20 },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          const own = (output: string) => output.replaceAll(VERSION_WARNING, '').replaceAll(file, 'script.cql');
          resolve({ stdout: own(stdout), stderr: own(stderr), code });
        },
      );
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** As above for a script that must succeed; what it printed. */
export async function cqlsh(
  folder: string,
  target: Target,
  script: string,
  options?: readonly string[],
): Promise<string> {
  const { stdout, stderr, code } = await runCqlsh(folder, target, script, options);
  if (code !== 0 || stderr.trim() !== '') throw new Error(`cqlsh ended with ${code}:\n${stderr}\n${stdout}`);
  return stdout;
}
