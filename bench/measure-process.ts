import { readdir, readFile } from 'node:fs/promises';

/** Linux counts CPU time in hundredths of a second (`getconf CLK_TCK`). */
const tickMs = 10;

/** CPU time of a process so far, user and system, its ended children included, in milliseconds. */
export async function readCpuMs(pid: number): Promise<number> {
  const fields = await readStat(pid);
  // proc(5): utime, stime, cutime, cstime are fields 14 to 17; `fields` begins at field 3.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * tickMs;
}

/** The same of a process and its living children: a PostgreSQL server is one process a connection. */
export async function readTreeCpuMs(pid: number): Promise<number> {
  let sum = await readCpuMs(pid);
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = await readStat(Number(name)).catch(() => undefined);
    if (fields && Number(fields[1]) === pid) sum += await readCpuMs(Number(name)).catch(() => 0);
  }
  return sum;
}

/** Most memory the process has held so far, in MB of 10^6 bytes; 0 where it is gone. */
export function readPeakRssMb(pid: number): Promise<number> {
  return readStatusMb(pid, 'VmHWM');
}

/** What it holds now. */
export function readRssMb(pid: number): Promise<number> {
  return readStatusMb(pid, 'VmRSS');
}

async function readStatusMb(pid: number, field: 'VmHWM' | 'VmRSS'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024) / 1e6;
}

/** Fields of /proc/<pid>/stat from the third on: the second, the program's name, may hold anything. */
async function readStat(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
