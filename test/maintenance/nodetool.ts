/** nodetool as an operator runs it, against a running Ceto. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const LAUNCHER = join(import.meta.dirname, '../../bin/nodetool');

export interface NodetoolEnd {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs one command; resolves however it ends. */
export function nodetool(ceto: { readonly adminPort: number }, ...parameters: string[]): Promise<NodetoolEnd> {
  const child = spawn(LAUNCHER, ['-p', String(ceto.adminPort), ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let error = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    error += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, error }));
  });
}
