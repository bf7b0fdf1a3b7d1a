/**
 * `npm run crash [-- --rounds 200] [-- --seed N] [-- --keep]`: the crash test for as long as one likes. Prints
 * its seed, and leaves the node's files where it says when it fails or is told to keep them.
 */
import { parseArgs } from 'node:util';
import { CrashRun } from './crash-run.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'boolean', default: false },
  },
});

const seed = Number(options.seed);
const run = new CrashRun(seed);
let failed = false;
console.log(`seed ${seed}`);
try {
  await run.start();
  while (run.report.rounds < Number(options.rounds)) {
    await run.round();
    console.log(JSON.stringify(run.report));
  }
} catch (error) {
  failed = true;
  console.error(`failed in round ${run.report.rounds + 1}; again with --seed ${seed}`);
  console.error(error instanceof Error ? error.message : error);
} finally {
  const keepFiles = failed || options.keep;
  await run.stop({ keepFiles });
  if (keepFiles) console.log(`the node's files: ${run.directory}`);
}
process.exitCode = failed ? 1 : 0;
