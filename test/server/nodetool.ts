/** Runs bin/nodetool against a test's node. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { RunningCeto } from './start-ceto.ts';

const NODETOOL = join(import.meta.dirname, '../../bin/nodetool');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function nodetool(ceto: Pick<RunningCeto, 'adminPort'>, ...parameters: readonly string[]): Promise<Ended> {
  return runTool(NODETOOL, ['-p', String(ceto.adminPort), ...parameters]);
}

export function runTool(
  program: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const options = { env: { ...process.env, ...environment }, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile(program, parameters, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}
