/**
 * `npm run simulate [-- --rounds 10000] [-- --seed N] [-- --failing-disks]`: simulated power cuts, for as many lives of
 * a node as one likes, one of five or three of four with a disk that fails requests too. Says how to repeat what went
 * wrong.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'failing-disks': { type: 'boolean', default: false },
  },
});

console.log(`seed ${options.seed}, ${options.rounds} rounds`);
const failing = options['failing-disks'] ? '1' : '0';
const child = spawn('build/addon/ceto_lsm_test', ['--gtest_filter=PowerCut.what*', '--gtest_brief=1'], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, CETO_ROUNDS: options.rounds, CETO_SEED: options.seed, CETO_FAILING_DISKS: failing },
});
const [code] = (await once(child, 'exit')) as [number | null];
process.exitCode = code ?? 1;
