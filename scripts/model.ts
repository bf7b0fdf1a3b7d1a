/**
 * `npm run model [-- --operations 1000000] [-- --seed N]`: random writes to tables of several shapes, with flushes,
 * compactions, restarts and crashes in between, whose every answer is held against a plain model.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    operations: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

console.log(`seed ${options.seed}, ${options.operations} operations`);
const child = spawn('build/addon/ceto_lsm_test', ['--gtest_filter=TablesModel.*', '--gtest_brief=1'], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, CETO_OPERATIONS: options.operations, CETO_SEED: options.seed },
});
const [code] = (await once(child, 'exit')) as [number | null];
process.exitCode = code ?? 1;
