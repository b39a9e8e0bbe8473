/**
 * Adopts what our processes leave behind.
 *
 * Linux gives a process whose parent died to the nearest ancestor that asked for it (PR_SET_CHILD_SUBREAPER). We ask. So:
 *
 * - what is left of a step once its main process is gone is, at the top, among our own children: one short file in /proc
 *   tells whether there is anything, where otherwise every process of the machine would have to be looked at;
 * - we must bury them, as init would: a dead child stays a zombie until its parent waits for it.
 *
 * The trap: the runtime waits for the children it started itself. Taking its child away would make it wait for ever. So
 * only those are buried that carry a cookie (limits can be read of zombies) other than the one we may have inherited ourselves,
 * and that the runtime did not start.
 */
import { constants } from 'node:os';
import { becomeSubreaper, buryChild } from './libc.ts';
import { carriesCookie, limitCookie } from './process-cookie.ts';
import { listAdoptedChildren, readProcess, visitProcesses } from './process-table.ts';
import type { ProcessExit } from './spawn-child.ts';

const BURY_EVERY_MS = 1000;

const startedByRuntime = new Set<number>();
const cookies = new Set<string>();
/** How those of these pids ended that somebody asked about. */
const asked = new Map<number, ProcessExit | undefined>();
/** How the last orphan with each cookie ended. */
const lastEnds = new Map<string, ProcessExit>();
/** Set when we run inside a step of another pikoci: then all our children carry it. */
const ownCookie = limitCookie(process.pid);
let adopting: boolean | undefined;
let timer: ReturnType<typeof setInterval> | undefined;

/** To be called before a process with this cookie is started, and undone with `forgetCookie` when all of it is gone. */
export function adoptOrphansOf(cookie: string): void {
  adopting ??= becomeSubreaper() && listAdoptedChildren() !== undefined;
  cookies.add(cookie);
  if (adopting && timer === undefined) {
    timer = setInterval(buryOrphans, BURY_EVERY_MS);
    timer.unref();
  }
}

export function forgetCookie(cookie: string): void {
  buryOrphans();
  cookies.delete(cookie);
  lastEnds.delete(cookie);
  if (cookies.size === 0) {
    clearInterval(timer);
    timer = undefined;
  }
}

/** The runtime waits for this child itself, from its start until it has reported the exit. */
export function runtimeWaitsFor(pid: number): void {
  startedByRuntime.add(pid);
}

export function runtimeHasBuried(pid: number): void {
  startedByRuntime.delete(pid);
}

/**
 * The living orphans that carry this cookie, or undefined where the system does not let us know. Asked after the main process
 * has been buried, an empty answer proves that nothing is left of its tree (a process that wiped both cookies excepted).
 */
export function livingOrphans(cookie: string): number[] | undefined {
  if (adopting !== true) return undefined;
  const living: number[] = [];
  visitProcesses((pid) => {
    if (readProcess(pid)?.zombie === false && carriesCookie(pid, cookie)) living.push(pid);
  }, adoptedChildren);
  return living;
}

/** From now on it is kept how this orphan ends, for `howItEnded`, until `stopAsking`. */
export function askHowItEnds(pid: number): void {
  asked.set(pid, undefined);
}

/** Undefined while it lives. */
export function howItEnded(pid: number): ProcessExit | undefined {
  if (asked.get(pid) === undefined) buryOrphans();
  return asked.get(pid);
}

/** How the last of the orphans with this cookie ended; undefined when there was none. */
export function lastEndOf(cookie: string): ProcessExit | undefined {
  buryOrphans();
  return lastEnds.get(cookie);
}

export function stopAsking(pid: number): void {
  asked.delete(pid);
}

function buryOrphans(): void {
  for (const pid of adopting === true ? adoptedChildren() : []) {
    const carried = limitCookie(pid);
    if (carried === undefined || carried === ownCookie || readProcess(pid)?.zombie !== true) continue;
    const status = buryChild(pid);
    if (status === undefined) continue;
    if (cookies.has(carried)) lastEnds.set(carried, exitOfStatus(status));
    if (asked.has(pid)) asked.set(pid, exitOfStatus(status));
  }
}

/** The lowest seven bits are the signal that ended it, the next byte its exit code. */
function exitOfStatus(status: number): ProcessExit {
  const signal = status & 0x7f;
  if (signal === 0) return { code: (status >> 8) & 0xff, signal: null };
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return { code: null, signal: name ?? `signal ${signal}` };
}

function adoptedChildren(): number[] {
  return (listAdoptedChildren() ?? []).filter((pid) => !startedByRuntime.has(pid));
}
