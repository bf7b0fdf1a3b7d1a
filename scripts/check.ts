/** `npm run check`: format, lint, types, layers, tidy. Every check runs, so that one run shows all. */
import { execFileSync, spawnSync } from 'node:child_process';

export interface Check {
  readonly name: string;
  readonly command: readonly string[];
}

const node = process.execPath;

function nativeFiles(): string[] {
  return execFileSync('git', ['ls-files', 'addon/*.cc', 'addon/*.h'], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

export function checks(): Check[] {
  return [
    {
      name: 'format and lint',
      command: [node, 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
    },
    { name: 'types', command: [node, 'node_modules/typescript/bin/tsc', '-p', '.'] },
    { name: 'tidy and layers', command: [node, 'scripts/tidy.ts'] },
    { name: 'native format', command: ['clang-format', '--dry-run', '--Werror', ...nativeFiles()] },
  ];
}

/** Runs one check; its output goes to the terminal. */
export function runCheck(check: Check): boolean {
  const [program = '', ...parameters] = check.command;
  const ended = spawnSync(program, parameters, { stdio: ['ignore', 'inherit', 'inherit'] });
  const passed = ended.status === 0;
  console.log(`check ${check.name}: ${passed ? 'passed' : 'FAILED'}`);
  return passed;
}

if (import.meta.main) {
  const results = checks().map(runCheck);
  process.exitCode = results.every(Boolean) ? 0 : 1;
}
