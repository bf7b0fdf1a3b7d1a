/**
 * `npm run sanitize [-- --room NAME]`: all native tests under the address and undefined-behaviour sanitizers, built in
 * build-sanitize. What a sanitizer reports ends the program of its room, and fails the run.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

const FOLDER = 'build-sanitize/addon';

/** Without tail calls, which a sanitizer does without, a loop of coroutines that never suspend nests: in KiB. */
const STACK = 4 << 20;

const { values: options } = parseArgs({ options: { room: { type: 'string' } } });

const programs = readdirSync(FOLDER)
  .filter((name) => /^ceto_\w+_test$/.test(name))
  .filter((name) => options.room === undefined || name === `ceto_${options.room}_test`)
  .sort();
const failed = programs.filter((program) => {
  const startedAt = performance.now();
  const command = `ulimit -s ${STACK} || ulimit -s $(ulimit -Hs); exec ${FOLDER}/${program} --gtest_brief=1`;
  const { status, signal } = spawnSync('sh', ['-c', command], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ASAN_OPTIONS: 'detect_stack_use_after_return=1:strict_string_checks=1',
      UBSAN_OPTIONS: 'print_stacktrace=1',
    },
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${program}: ${status === 0 ? 'passed' : `FAILED (${status ?? signal})`}, ${seconds} s`);
  return status !== 0;
});
console.log(`${programs.length - failed.length} programs passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 && programs.length > 0 ? 0 : 1;
