/**
 * `npm test`: the checks, the native unit tests and everything that vitest finds, unit and whole-system.
 * Closes with one line `N passed, N failed[, N skipped]`; the exit code says the same. A process that is
 * still there when the tests have ended counts as a failure; their temporary files go with this run's folder.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checks, runCheck } from './check.ts';
import { leftovers } from './leftovers.ts';

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** GoogleTest's report: a test that skips itself is no failure, and no test that passed either. */
interface NativeReport {
  readonly tests: number;
  readonly failures: number;
  readonly testsuites: readonly {
    readonly testsuite: readonly { readonly classname: string; readonly name: string; readonly result: string }[];
  }[];
}

/** Where setup.sh builds the native tests, beside the libraries that the addon is linked from. */
const NATIVE_TESTS = 'build/addon';

const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
const scratch = mkdtempSync(join(tmpdir(), 'ceto-test-'));
const environment = { ...process.env, TMPDIR: scratch, CETO_TEST_RUN: scratch };

/** Runs a program to its end; its output goes to the terminal. Gives the exit code, or the signal that ended it. */
async function run(program: string, parameters: readonly string[]): Promise<number | string> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'inherit', 'inherit'], env: environment });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return code ?? signal ?? 'no exit code';
}

function runChecks(): void {
  for (const check of checks()) runCheck(check) ? tally.passed++ : tally.failed++;
}

/** One GoogleTest program a room; counts come from its own report. */
async function runNative(): Promise<void> {
  const programs = readdirSync(NATIVE_TESTS).filter((name) => /^ceto_\w+_test$/.test(name));
  for (const program of programs.sort()) {
    const report = join(scratch, `${program}.json`);
    const ended = await run(join(NATIVE_TESTS, program), [`--gtest_output=json:${report}`, '--gtest_brief=1']);
    const counts = readReport<NativeReport>(report);
    if (counts === null) {
      console.error(`${program}: ended without a report (${ended})`);
      tally.failed++;
      continue;
    }
    const skipped = counts.testsuites
      .flatMap(({ testsuite }) => testsuite)
      .filter(({ result }) => result === 'SKIPPED' || result === 'SUPPRESSED');
    for (const { classname, name } of skipped) console.log(`skipped: ${classname}.${name}`);
    tally.failed += counts.failures;
    tally.skipped += skipped.length;
    tally.passed += counts.tests - counts.failures - skipped.length;
    // A program that reports success and still exits badly (a sanitizer, a leak) has failed.
    if (ended !== 0 && counts.failures === 0) tally.failed++;
  }
}

async function runVitest(): Promise<void> {
  const report = join(scratch, 'vitest.json');
  const ended = await run(process.execPath, [
    ...['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json'],
    `--outputFile.json=${report}`,
  ]);
  const counts = readReport<{ numPassedTests: number; numFailedTests: number; numPendingTests: number }>(report);
  if (counts === null) {
    tally.failed++;
    return;
  }
  tally.passed += counts.numPassedTests;
  tally.failed += counts.numFailedTests;
  tally.skipped += counts.numPendingTests;
  // A file that does not load fails its suite without failing a test.
  if (ended !== 0 && counts.numFailedTests === 0) tally.failed++;
}

function readReport<Report>(path: string): Report | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return null;
  }
}

async function phase(name: string, work: () => void | Promise<void>): Promise<void> {
  const startedAt = performance.now();
  await work();
  console.log(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** Ends what the tests left running; gives how many that were. */
function endLeftovers(): number {
  const found = leftovers('CETO_TEST_RUN', scratch);
  for (const { pid, command } of found) {
    console.error(`still running after the tests: ${command} (${pid})`);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
  return found.length;
}

function removeScratch(): void {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endLeftovers();
    removeScratch();
    process.exit(1);
  });
}
try {
  await phase('checks', runChecks);
  await phase('native tests', runNative);
  await phase('vitest', runVitest);
  tally.failed += endLeftovers();
} finally {
  removeScratch();
}
console.log(`${tally.passed} passed, ${tally.failed} failed${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''}`);
process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1;
