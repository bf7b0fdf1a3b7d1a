/**
 * `npm run simulate [-- --rounds 10000] [-- --seed N]`: simulated power cuts, for as many lives of a node as one
 * likes. Says how to repeat what went wrong.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

console.log(`seed ${options.seed}, ${options.rounds} rounds`);
const child = spawn('build/addon/ceto_lsm_test', ['--gtest_filter=PowerCut.what*', '--gtest_brief=1'], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, CETO_ROUNDS: options.rounds, CETO_SEED: options.seed },
});
const [code] = (await once(child, 'exit')) as [number | null];
process.exitCode = code ?? 1;
