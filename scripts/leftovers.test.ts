import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { leftovers } from './leftovers.ts';

test('a process is found by its environment while it lives, and a grandchild as well', async () => {
  const mark = `mark-${process.pid}-${performance.now()}`;
  const child = spawn('sh', ['-c', 'sleep 60 & echo started; exec sleep 60'], {
    env: { ...process.env, CETO_LEFTOVERS_TEST: mark },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  await once(child.stdout, 'data');
  await expect
    .poll(() => leftovers('CETO_LEFTOVERS_TEST', mark).filter((each) => each.command === 'sleep 60'))
    .toHaveLength(2);
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await expect.poll(() => leftovers('CETO_LEFTOVERS_TEST', mark)).toEqual([]);
});
