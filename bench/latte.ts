/**
 * latte (crates.io `latte-cli`), the load generator over the Rust driver: prepared statements, all requests
 * in flight on one connection a shard, about 100,000 operations a second from one core.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningContestant } from './contestants.ts';
import { cpuMicros } from './process-usage.ts';
import { findProgram, runClient } from './programs.ts';
import type { LoadMeasurement } from './results.ts';

const WORKLOAD = join(import.meta.dirname, 'workloads/one-row.rn');

/** What is used of the report that `latte run -o FILE` writes. */
interface LatteReport {
  readonly percentiles: readonly number[];
  readonly result: {
    readonly elapsed_time_s: number;
    readonly cpu_time_s: number;
    readonly request_count: number;
    readonly error_count: number;
    readonly errors: readonly string[];
    readonly row_count: number;
    readonly req_throughput: { readonly value: number };
    readonly request_latency: { readonly percentiles: readonly { readonly value: number }[] };
  };
}

export class Latte {
  readonly #program: string;
  readonly #cpus: string;
  readonly #partitions: number;

  private constructor(program: string, cpus: string, partitions: number) {
    this.#program = program;
    this.#cpus = cpus;
    this.#partitions = partitions;
  }

  static find(cpus: string, partitions: number): Latte {
    const program = findProgram('LATTE', 'latte');
    if (program === null) {
      throw new Error(
        'latte is not on the PATH. Install it with `cargo install latte-cli` (needs Rust, libssl-dev and pkg-config), ' +
          'or set LATTE to where it is.',
      );
    }
    return new Latte(program, cpus, partitions);
  }

  async version(): Promise<string> {
    return (await runClient(this.#cpus, this.#program, ['--version'])).trim().split(' ').at(-1) ?? '';
  }

  /** Makes the table anew and fills it. */
  async fill(server: RunningContestant): Promise<void> {
    await this.#run(['schema'], server);
    await this.#run(['load', '--quiet', '--consistency', 'ONE', ...this.#parameters()], server);
  }

  /** One load, of which every operation succeeded and every read found its row. */
  async measure(
    server: RunningContestant,
    statement: 'write' | 'read',
    inFlight: number,
    seconds: number,
  ): Promise<LoadMeasurement> {
    const folder = mkdtempSync(join(tmpdir(), 'ceto-latte-'));
    const file = join(folder, 'report.json');
    try {
      const before = cpuMicros(server.pid);
      const amount = ['-d', `${seconds}s`, '-p', String(inFlight), '-f', statement];
      await this.#run(['run', '--quiet', '--consistency', 'ONE', ...amount, '-o', file, ...this.#parameters()], server);
      return latteMeasurement(readFileSync(file, 'utf8'), statement, cpuMicros(server.pid) - before);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  #parameters(): string[] {
    return ['-P', `partitions=${this.#partitions}`];
  }

  async #run(parameters: readonly string[], server: RunningContestant): Promise<void> {
    await runClient(this.#cpus, this.#program, [...parameters, WORKLOAD, `${server.host}:${server.port}`]);
  }
}

/** Throws when a statement failed or a read found nothing: then the figures would be of something else. */
export function latteMeasurement(
  report: string,
  statement: 'write' | 'read',
  serverCpuMicros: number,
): LoadMeasurement {
  const { percentiles, result } = JSON.parse(report) as LatteReport;
  if (result.error_count > 0) throw new Error(`latte saw ${result.error_count} errors: ${result.errors.join('; ')}`);
  if (statement === 'read' && result.row_count !== result.request_count) {
    throw new Error(`${result.request_count} reads found ${result.row_count} rows`);
  }
  const latency = (percentile: number) => {
    const index = percentiles.findIndex((known) => Math.abs(known - percentile) < 1e-3);
    return result.request_latency.percentiles[index]?.value ?? Number.NaN;
  };
  return {
    operations: result.request_count,
    operationsPerSecond: result.req_throughput.value,
    p50Milliseconds: latency(50),
    p99Milliseconds: latency(99),
    p999Milliseconds: latency(99.9),
    cpuMicrosPerOperation: serverCpuMicros / result.request_count,
    clientBusy: result.cpu_time_s / result.elapsed_time_s,
  };
}
