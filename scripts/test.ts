/**
 * `npm test`: the checks, the native unit tests and everything that vitest finds, unit and whole-system.
 * Closes with one line `N passed, N failed[, N skipped]`; the exit code says the same.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checks, runCheck } from './check.ts';

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
const scratch = mkdtempSync(join(tmpdir(), 'ceto-test-'));

function runChecks(): void {
  for (const check of checks()) runCheck(check) ? tally.passed++ : tally.failed++;
}

/** One GoogleTest program a room; counts come from its own report. */
function runNative(): void {
  const folder = 'build/native-tests';
  for (const program of readdirSync(folder)
    .filter((name) => /^ceto_\w+_test$/.test(name))
    .sort()) {
    const report = join(scratch, `${program}.json`);
    const ended = spawnSync(join(folder, program), [`--gtest_output=json:${report}`, '--gtest_brief=1'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const counts = readReport<{ tests: number; failures: number; disabled: number }>(report);
    if (counts === null) {
      console.error(`${program}: ended without a report (${ended.signal ?? `exit code ${ended.status}`})`);
      tally.failed++;
      continue;
    }
    tally.failed += counts.failures;
    tally.passed += counts.tests - counts.failures - counts.disabled;
    // A program that reports success and still exits badly (a sanitizer, a leak) has failed.
    if (ended.status !== 0 && counts.failures === 0) tally.failed++;
  }
}

function runVitest(): void {
  const report = join(scratch, 'vitest.json');
  const ended = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const counts = readReport<{
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numFailedTestSuites: number;
  }>(report);
  if (counts === null) {
    tally.failed++;
    return;
  }
  tally.passed += counts.numPassedTests;
  tally.failed += counts.numFailedTests;
  tally.skipped += counts.numPendingTests;
  // A file that does not load fails its suite without failing a test.
  if (ended.status !== 0 && counts.numFailedTests === 0) tally.failed++;
}

function readReport<Report>(path: string): Report | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return null;
  }
}

try {
  runChecks();
  runNative();
  runVitest();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${tally.passed} passed, ${tally.failed} failed${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''}`);
process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1;
