/**
 * `npm run fuzz [-- --seconds N] [-- --target NAME]`: libFuzzer with the address and undefined-behaviour sanitizers
 * over every decoder, N seconds a target. Inputs that reached something new are kept in build-fuzz/corpus and are
 * where the next run goes on; findings lie in build-fuzz/findings, and what replays one is printed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

const PROGRAM = 'build-fuzz/addon/ceto_fuzz';
const FINDINGS = 'build-fuzz/findings';
/** One input may take so long, and the whole program so much memory. */
const TIMEOUT_SECONDS = 20;
const MEMORY_MB = 2048;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    target: { type: 'string' },
  },
});

/** The last figures of libFuzzer's log: `#4711 … cov: 1234 ft: 5678 …`. */
function figures(log: string): string {
  const status = Array.from(log.matchAll(/^#(\d+)\s.*?cov: (\d+) ft: (\d+)/gm)).at(-1);
  const runs = log.match(/stat::number_of_executed_units:\s+(\d+)/)?.[1] ?? status?.[1] ?? '?';
  return `${runs} inputs, ${status?.[2] ?? '?'} edges`;
}

/** Whether the target held. */
async function fuzz(target: string): Promise<boolean> {
  const corpus = `build-fuzz/corpus/${target}`;
  mkdirSync(corpus, { recursive: true });
  const child = spawn(
    PROGRAM,
    [
      `-max_total_time=${options.seconds}`,
      `-timeout=${TIMEOUT_SECONDS}`,
      `-rss_limit_mb=${MEMORY_MB}`,
      `-artifact_prefix=${FINDINGS}/${target}-`,
      '-print_final_stats=1',
      corpus,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        CETO_FUZZ_TARGET: target,
        CETO_FUZZ_SEEDS: corpus,
        UBSAN_OPTIONS: 'print_stacktrace=1',
      },
    },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  console.log(`${target}: ${figures(log)}${code === 0 ? '' : ', FAILED'}`);
  if (code === 0) return true;
  console.error(log.slice(-8000));
  console.error(`replay: CETO_FUZZ_TARGET=${target} ${PROGRAM} ${FINDINGS}/${target}-<what it wrote>`);
  return false;
}

mkdirSync(FINDINGS, { recursive: true });
const all = execFileSync(PROGRAM, { encoding: 'utf8' }).trim().split('\n').sort();
const wanted = options.target === undefined ? all : all.filter((name) => name === options.target);
if (wanted.length === 0) {
  console.error(`no target ${options.target}; there are ${all.join(', ')}`);
  process.exitCode = 1;
}
for (const target of wanted) {
  if (!(await fuzz(target))) process.exitCode = 1;
}
