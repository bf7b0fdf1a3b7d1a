/** What a process has used, read from /proc: all of its threads together. */
import { readFileSync } from 'node:fs';

/** Clock ticks of /proc/PID/stat: USER_HZ, which Linux shows as 100 to every program. */
const TICK_MICROS = 10_000;

/** User and system time since the process began. */
export function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in field 2 may hold spaces; after its bracket comes field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[14 - 3]), Number(fields[15 - 3])];
  return (user + system) * TICK_MICROS;
}

/** Memory that is resident now. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has no resident memory: it has ended`);
  return Number(kibibytes) * 1024;
}
