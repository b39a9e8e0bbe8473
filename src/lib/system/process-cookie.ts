/**
 * A mark that every descendant of a step carries, however it was started, so that it can be found again.
 *
 * The cookie is 61 random bits and is left in two places:
 *
 * 1. in the environment, as `PIKOCI_COOKIE`: readable in `/proc/PID/environ`, but lost by `env -i`, and by daemons that
 *    write their title over it;
 * 2. in the soft limit of RLIMIT_RTTIME, as 2^62 + cookie microseconds: 146,000 years, so it limits nothing, and it only
 *    ever applied to real-time scheduling. Limits are inherited over fork, exec, setsid and a cleaned environment, and
 *    `/proc/PID/limits` shows them even of a zombie. It is set on ourselves for the instant of the spawn, so the child
 *    has it before its first instruction.
 *
 * A pikoci inside a step appends its own cookie to the one in its environment: what it starts belongs to both.
 */
import { randomBytes } from 'node:crypto';
import { getResourceLimit, setResourceLimit } from './libc.ts';
import { readProcFile } from './process-table.ts';

export const COOKIE_VARIABLE = 'PIKOCI_COOKIE';

const RLIMIT_RTTIME = 15;
const BASE = 1n << 62n;
const COOKIE_BITS = 61n;
const LIMIT_LINE = /^Max realtime timeout\s+(\d+)\s/m;

/** Sixteen hex digits. Write it to the journal before the process is started: it alone is enough to find everything. */
export function newCookie(): string {
  const bits = randomBytes(8).readBigUInt64BE() & ((1n << COOKIE_BITS) - 1n);
  return bits.toString(16).padStart(16, '0');
}

/** The value of `PIKOCI_COOKIE` for a child: ours, after those of the steps we run in ourselves. */
export function cookieVariable(cookie: string, inherited: string | undefined): string {
  return inherited === undefined || inherited === '' ? cookie : `${inherited}.${cookie}`;
}

/** Runs `spawn` so that the process it starts inherits the cookie as a limit. Where limits cannot be set it just runs it. */
export function withCookie<T>(cookie: string, spawn: () => T): T {
  const before = getResourceLimit(RLIMIT_RTTIME);
  const value = BASE + BigInt(`0x${cookie}`);
  const marked =
    before !== undefined && value <= before.hard && setResourceLimit(RLIMIT_RTTIME, { soft: value, hard: before.hard });
  try {
    return spawn();
  } finally {
    if (marked) setResourceLimit(RLIMIT_RTTIME, before);
  }
}

/** Whether the process carries the cookie in either place. False for one that is gone. */
export function carriesCookie(pid: number, cookie: string): boolean {
  return limitCookie(pid) === cookie || (readProcFile(`${pid}/environ`)?.includes(cookie) ?? false);
}

/** The innermost cookie in the process's limits; works for zombies too. */
export function limitCookie(pid: number): string | undefined {
  const digits = LIMIT_LINE.exec(readProcFile(`${pid}/limits`)?.toString('latin1') ?? '')?.[1];
  if (digits === undefined) return undefined;
  const value = BigInt(digits);
  if (value < BASE || value >= BASE + (1n << COOKIE_BITS)) return undefined;
  return (value - BASE).toString(16).padStart(16, '0');
}
