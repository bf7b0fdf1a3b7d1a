/** The load generators are programs that their users have installed: found, never built. */
import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Output of a load generator: a line a second and a report. */
const MAX_OUTPUT_BYTES = 16 << 20;

/** The program that the environment variable names, or that is on the PATH; null when neither is there. */
export function findProgram(variable: string, name: string): string | null {
  const named = process.env[variable];
  if (named !== undefined && named !== '') {
    if (!isExecutable(named)) throw new Error(`${variable} names ${named}, which cannot be run`);
    return resolve(named);
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => resolve(folder, name)).find(isExecutable) ?? null;
}

/**
 * Runs a client on its CPUs to its end; fails with the end of its output when it does. It runs in a folder of its own
 * that is then removed, because latte leaves its log there and a JVM of Cassandra's its logs' folder: paths are absolute.
 */
export async function runClient(cpus: string, program: string, parameters: readonly string[]): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'ceto-client-'));
  try {
    const { stdout } = await run('taskset', ['-c', cpus, program, ...parameters], { cwd, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
    const output = `${stdout}${stderr}`.trim().split('\n').slice(-20).join('\n');
    throw new Error(`${program} ${parameters.join(' ')} failed: ${output || message}`);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
