/** What Linux tells of processes in /proc. */
import { readFileSync, writeFileSync } from 'node:fs';

/** `USER_HZ`, which is 100 on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** A process and all that descend from it. */
export function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(familyOf)];
}

/** Processor time so far, in ticks, user and system. */
export function cpuTicks(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name, which is in brackets and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + Number(fields[11]) + Number(fields[12]);
  }, 0);
}

/** Resident memory, pages that several processes share counted in each. */
export const residentMb = (pids: readonly number[]): number => sumKb(pids, 'status', /^VmRSS:\s+(\d+) kB/m) / 1_024;

/** The most that was resident at once since the processes began, or since `forgetPeak`. */
export const peakMb = (pids: readonly number[]): number => sumKb(pids, 'status', /^VmHWM:\s+(\d+) kB/m) / 1_024;

export function forgetPeak(pids: readonly number[]): void {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The same with every shared page divided among those who share it. */
export const proportionalMb = (pids: readonly number[]): number =>
  sumKb(pids, 'smaps_rollup', /^Pss:\s+(\d+) kB/m) / 1_024;

function sumKb(pids: readonly number[], file: string, line: RegExp): number {
  return pids.reduce((sum, pid) => sum + Number(line.exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0), 0);
}
