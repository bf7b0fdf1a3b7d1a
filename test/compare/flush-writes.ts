/** Flushes a node's tables behind writes, so that a script's reads come from files. */
import type { AfterStatement } from './run-script.ts';

const WRITE = /^\s*(INSERT|UPDATE|DELETE|BEGIN)\b/i;

/** Behind every `every`th write: with more than one, what is read is in files and in memory. */
export function flushWrites(
  node: { readonly host: string; readonly adminPort: number },
  every: number,
): AfterStatement {
  let writes = 0;
  return async ({ cql }) => {
    if (!WRITE.test(cql) || ++writes % every !== 0) return;
    const response = await fetch(`http://${node.host}:${node.adminPort}/api/v1/flush`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    if (!response.ok) throw new Error(`flush: ${response.status} ${await response.text()}`);
  };
}
