/**
 * Tests whose body is a program in another language. The program runs once, against a node of its own, and
 * prints a line of JSON for each of its checks: `{"check": "name", "error": "what went wrong" or null}`.
 * Each check is a test here under its name, so one that was never reached fails rather than vanishes.
 */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CetoOptions } from '../server/start-ceto.ts';
import { folderOf, type Prepared } from './client-cache.ts';
import { startTarget, type Target } from './target.ts';

const INSTALL_TIMEOUT_MS = 420_000;
const PROGRAM_TIMEOUT_MS = 120_000;
/** Of what the program wrote beside its checks, shown when a check is missing. */
const OUTPUT_SHOWN = 4_000;

export interface ClientProgram {
  /** Every check that the program makes. */
  readonly checks: readonly string[];
  readonly ceto?: CetoOptions;
  /** Checks of Ceto alone: on another server they are skipped. */
  readonly cetoOnly?: boolean;
  prepare(): Promise<Prepared>;
  /** Program and parameters; `folder` is what `prepare` made. CETO_HOST, CETO_PORT and CETO_ADMIN_PORT are in its environment. */
  command(folder: string, target: Target): readonly string[];
}

interface Report {
  readonly check: string;
  readonly error: string | null;
}

interface Outcome {
  readonly reports: ReadonlyMap<string, Report>;
  readonly output: string;
}

/** Declares one test for each check of the program, and one that it made no others. */
export function testClientProgram(program: ClientProgram): void {
  let prepared: Prepared = { missing: 'not prepared yet' };
  let target: Target | undefined;
  let outcome: Outcome = { reports: new Map(), output: '' };

  beforeAll(async () => {
    prepared = await program.prepare();
    if ('missing' in prepared) return;
    target = await startTarget(program.ceto);
    if (program.cetoOnly === true && target.ceto === null) prepared = { missing: 'only for a Ceto node' };
    else outcome = await runProgram(program.command(prepared.folder, target), target);
  }, INSTALL_TIMEOUT_MS + PROGRAM_TIMEOUT_MS);

  afterAll(() => target?.stop());

  for (const check of program.checks) {
    test(check, (context) => {
      folderOf(prepared, context);
      const report = outcome.reports.get(check);
      if (report === undefined) throw new Error(`the program ended before this check:\n${outcome.output}`);
      if (report.error !== null) throw new Error(report.error);
    });
  }

  test('the program makes no check that is not listed', (context) => {
    folderOf(prepared, context);
    expect([...outcome.reports.keys()].filter((name) => !program.checks.includes(name))).toEqual([]);
  });
}

async function runProgram(command: readonly string[], target: Target): Promise<Outcome> {
  const [executable = '', ...parameters] = command;
  const child = spawn(executable, parameters, {
    env: {
      ...process.env,
      // A checkout stays as it is.
      PYTHONDONTWRITEBYTECODE: '1',
      CETO_HOST: target.host,
      CETO_PORT: String(target.port),
      ...(target.ceto === null ? {} : { CETO_ADMIN_PORT: String(target.ceto.adminPort) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PROGRAM_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-OUTPUT_SHOWN);
  });
  const end = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const reports = new Map<string, Report>();
  const other: string[] = [];
  for (const line of stdout.split('\n')) {
    const report = reportOf(line);
    if (report !== null) reports.set(report.check, report);
    else other.push(line);
  }
  return { reports, output: `${end}\n${stderr}\n${other.join('\n').slice(-OUTPUT_SHOWN)}` };
}

function reportOf(line: string): Report | null {
  if (!line.startsWith('{"check"')) return null;
  try {
    return JSON.parse(line) as Report;
  } catch {
    return null;
  }
}
