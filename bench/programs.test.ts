import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findProgram, runClient } from './programs.ts';

describe('a client', () => {
  it('leaves nothing where it is started', async () => {
    const shell = findProgram('', 'sh') ?? '';
    const folder = (await runClient('0', shell, ['-c', 'touch latte.log && pwd'])).trim();
    expect(folder).toMatch(/ceto-client-/);
    expect(existsSync(folder)).toBe(false);
    expect(existsSync('latte.log')).toBe(false);
  });

  it('fails with the end of its output', async () => {
    const shell = findProgram('', 'sh') ?? '';
    await expect(runClient('0', shell, ['-c', 'echo why; exit 3'])).rejects.toThrow(/failed: why/);
  });
});
