/** What `/proc` knows about the processes of this machine. Everything here is a glimpse: it may be over when you read it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { errnoCode } from './errno.ts';

export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  /** True once it has exited and only waits for its parent to notice. */
  readonly zombie: boolean;
  /** Clock ticks since boot. With the pid it names one process for ever (until the next boot, see `bootId`). */
  readonly startTicks: number;
}

let currentBoot: string | undefined;
let self: string | undefined;

/** Errors that mean "this process is gone" or "it is not yours to look into"; anything else is a bug. */
const NOT_FOR_US = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR', 'EINVAL']);

/** The content of `/proc/<path>`, or undefined if the process is gone or may not be read. */
export function readProcFile(path: string): Buffer | undefined {
  try {
    return readFileSync(`/proc/${path}`);
  } catch (error) {
    if (NOT_FOR_US.has(errnoCode(error))) return undefined;
    throw error;
  }
}

/** Parses `/proc/PID/stat`. The name in it may hold spaces, parentheses and newlines, so fields are counted from its end. */
export function parseStat(text: string): ProcessEntry | undefined {
  const nameEnd = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(nameEnd + 2).split(' ');
  const [ppid, pgid, sid, startTicks] = [1, 2, 3, 19].map((at) => Number(fields[at]));
  if (nameEnd < 0 || ppid === undefined || pgid === undefined || sid === undefined || startTicks === undefined) {
    return undefined;
  }
  const zombie = fields[0] === 'Z' || fields[0] === 'X';
  return Number.isFinite(pid + ppid + pgid + sid + startTicks)
    ? { pid, ppid, pgid, sid, zombie, startTicks }
    : undefined;
}

export function readProcess(pid: number): ProcessEntry | undefined {
  const text = readProcFile(`${pid}/stat`);
  return text === undefined ? undefined : parseStat(text.toString('latin1'));
}

/** Every process there is; empty where there is no `/proc`. */
export function listProcesses(): ProcessEntry[] {
  return listPids().flatMap((pid) => readProcess(pid) ?? []);
}

/**
 * Looks at every process, and at those that came while it looked: a process that forks and dies between being listed and
 * being looked at would hide its child, which is newer than the list. So the list is read again until it names nobody new.
 * On return, whoever lives and was not looked at was forked by somebody who was alive when looked at.
 */
export function visitProcesses(visit: (pid: number) => void, list: () => readonly number[] = listPids): void {
  const visited = new Set<number>();
  for (let fresh = list(); fresh.length > 0; fresh = list().filter((pid) => !visited.has(pid))) {
    for (const pid of fresh) {
      visited.add(pid);
      visit(pid);
    }
  }
}

function listPids(): number[] {
  return readNames('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/**
 * The direct children of this process that its first thread has, zombies included, or undefined where the kernel does not list them. Those that we adopt are
 * among them: the kernel gives a process that loses its parent to the first thread that lives, and that one lives as long as we do. The other threads, of
 * which the runtime has many, may have started some themselves.
 */
export function listAdoptedChildren(): number[] | undefined {
  // By the number that this /proc knows us by.
  self ??= readSelf();
  const list = self === undefined ? undefined : readProcFile(`self/task/${self}/children`);
  return list?.toString('latin1').split(' ').filter(Boolean).map(Number);
}

/** Differs after a reboot: process numbers and start times recorded before it mean nothing any more. */
export function bootId(): string {
  currentBoot ??= readProcFile('sys/kernel/random/boot_id')?.toString('latin1').trim() ?? 'unknown';
  return currentBoot;
}

function readSelf(): string | undefined {
  try {
    return readlinkSync('/proc/self');
  } catch (error) {
    if (NOT_FOR_US.has(errnoCode(error))) return undefined;
    throw error;
  }
}

function readNames(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (NOT_FOR_US.has(errnoCode(error))) return [];
    throw error;
  }
}
