/** fio on the engine's files: what the disk gives to anyone. */
import type { Figures } from './results.ts';

/** Of the disk, and what O_DIRECT asks for. */
export const BLOCK_BYTES = 4096;

/** The engine's own data files, read only: where a file lies on the disk decides how fast it is read. */
const base = (paths: readonly string[]) => [
  '--name=bench',
  '--readonly',
  `--filename=${paths.map((path) => path.replaceAll(':', '\\:')).join(':')}`,
  '--ioengine=io_uring',
  '--direct=1',
  '--output-format=json',
];

/** At any block of the disk, as compressed chunks lie. */
export function randomReadParameters(
  paths: readonly string[],
  readBytes: number,
  depth: number,
  seconds: number,
): string[] {
  const size = [`--bs=${readBytes}`, `--blockalign=${BLOCK_BYTES}`];
  const load = ['--rw=randread', ...size, `--iodepth=${depth}`, '--norandommap', '--randrepeat=0'];
  return [...base(paths), ...load, '--time_based', `--runtime=${seconds}`];
}

export function sequentialReadParameters(
  paths: readonly string[],
  readBytes: number,
  depth: number,
  seconds: number,
): string[] {
  const load = ['--rw=read', `--bs=${readBytes}`, `--iodepth=${depth}`];
  return [...base(paths), ...load, '--time_based', `--runtime=${seconds}`];
}

interface FioReport {
  readonly jobs: readonly {
    readonly error: number;
    readonly read: { readonly iops: number; readonly bw_bytes: number };
  }[];
}

export function fioFigures(output: string): Figures {
  // Notes come before the report.
  const job = (JSON.parse(output.slice(output.indexOf('{'))) as FioReport).jobs[0];
  if (job === undefined || job.error !== 0) throw new Error(`fio failed with ${job?.error}`);
  return { iops: job.read.iops, megabytes_per_second: job.read.bw_bytes / 1e6 };
}
