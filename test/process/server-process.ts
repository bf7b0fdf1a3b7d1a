/**
 * A server as a child process: its output is kept, lines are waited for, and it never outlives this
 * process (an `exit` handler kills what is still there).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Of the output, shown when the server ends before it was ready. */
const KEPT_LINES = 200;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ServerProcess {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;
  private readonly lines: string[] = [];
  private readonly watchers = new Set<(line: string) => void>();
  private hasEnded = false;

  private constructor(child: ChildProcess, pid: number) {
    this.child = child;
    this.pid = pid;
    const killAtExit = () => this.child.kill('SIGKILL');
    process.once('exit', killAtExit);
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.hasEnded = true;
        process.removeListener('exit', killAtExit);
        resolve({ code, signal });
      });
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.take(line));
    }
  }

  /** Fails when the program is not there. */
  static async start(program: string, parameters: readonly string[], cpus?: string): Promise<ServerProcess> {
    const [command, ...rest] =
      cpus === undefined ? [program, ...parameters] : ['taskset', '-c', cpus, program, ...parameters];
    const child = spawn(command ?? program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', resolve);
    });
    if (child.pid === undefined) throw new Error(`${program} started without a process id`);
    return new ServerProcess(child, child.pid);
  }

  get running(): boolean {
    return !this.hasEnded;
  }

  /** The last lines of stdout and stderr. */
  get output(): string {
    return this.lines.join('\n');
  }

  /** What `match` makes of the first line, already printed or to come, of which it makes something. */
  async waitFor<Found>(match: (line: string) => Found | null, what: string, timeoutMs: number): Promise<Found> {
    for (const line of this.lines) {
      const found = match(line);
      if (found !== null) return found;
    }
    let watcher: ((line: string) => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await Promise.race([
        new Promise<Found>((resolve) => {
          watcher = (line) => {
            const found = match(line);
            if (found !== null) resolve(found);
          };
          this.watchers.add(watcher);
        }),
        this.ended.then(({ code, signal }) => {
          throw new Error(`the server ended (${signal ?? `exit code ${code}`}) before: ${what}\n${this.output}`);
        }),
        new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error(`not within ${timeoutMs} ms: ${what}\n${this.output}`)), timeoutMs);
        }),
      ]);
    } finally {
      clearTimeout(timer);
      if (watcher !== undefined) this.watchers.delete(watcher);
    }
  }

  kill(signal: NodeJS.Signals): void {
    if (this.running) this.child.kill(signal);
  }

  /** SIGTERM, and SIGKILL when that did not end it in time; resolves once the process is gone. */
  async stop(patienceMs: number): Promise<Ended> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), patienceMs);
    const ended = await this.ended;
    clearTimeout(timer);
    return ended;
  }

  private take(line: string): void {
    this.lines.push(line);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
    for (const watcher of this.watchers) watcher(line);
  }
}
