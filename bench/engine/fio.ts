/** fio on a file of the same disk: what the disk gives to anyone. */
import type { Figures } from './results.ts';

export interface FioFile {
  readonly path: string;
  readonly bytes: number;
}

const base = ({ path, bytes }: FioFile) => [
  '--name=bench',
  `--filename=${path}`,
  `--size=${bytes}`,
  '--ioengine=io_uring',
  '--direct=1',
  '--output-format=json',
];

export function layOutParameters(file: FioFile): string[] {
  return [...base(file), '--rw=write', '--bs=1m', '--iodepth=4', '--end_fsync=1', '--refill_buffers'];
}

export function randomReadParameters(file: FioFile, blockBytes: number, depth: number, seconds: number): string[] {
  const load = ['--rw=randread', `--bs=${blockBytes}`, `--iodepth=${depth}`, '--norandommap', '--randrepeat=0'];
  return [...base(file), ...load, '--time_based', `--runtime=${seconds}`];
}

export function sequentialReadParameters(file: FioFile, blockBytes: number, depth: number, seconds: number): string[] {
  const load = ['--rw=read', `--bs=${blockBytes}`, `--iodepth=${depth}`];
  return [...base(file), ...load, '--time_based', `--runtime=${seconds}`];
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
