import type { ResourceLimits } from '../../lib/system/limit-files.ts';
import { createLimitedGroup, type LimitedGroup } from '../../lib/system/limited-group.ts';
import type { OutputConsumer } from '../../lib/system/output-pump.ts';
import { type RunningProcess, startProcess } from '../../lib/system/process.ts';
import { newCookie } from '../../lib/system/process-cookie.ts';
import type { Remains } from '../../lib/system/remains.ts';
import type { ProcessExit } from '../../lib/system/spawn-child.ts';
import { type Interrupt, interruptOf, isGentle } from '../engine/interrupt.ts';
import type { Ledger } from './ledger.ts';

export interface ProcessRequest {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** For it and all that it starts. */
  readonly limits?: ResourceLimits | undefined;
  readonly output: OutputConsumer;
  /** Stderr apart from stdout, at the price of their order. */
  readonly separate?: boolean | undefined;
  /** Ends it: TERM and a grace, or KILL, by the kind of interrupt. */
  readonly signal: AbortSignal;
  /** Aborted: nothing gets a grace any more. */
  readonly kill: AbortSignal;
  readonly graceMs: number;
  readonly ledger: Ledger;
  readonly step: string;
  /** What it leaves running stays, and is handed back as `lingering`. */
  readonly lingers?: boolean;
  /** Called when it is interrupted, beside the TERM: a runner's own way to end what it started. */
  readonly onInterrupt?: (interrupt: Interrupt) => Promise<void>;
}

export interface ProcessEnd {
  readonly exit: ProcessExit;
  readonly interrupt: Interrupt | undefined;
  readonly lingering: Lingering | undefined;
  /** The limits that it met. */
  readonly met: readonly (keyof ResourceLimits)[];
}

/** What a service's `start` left running. */
export interface Lingering {
  /** Ends all of it. */
  end(graceMs: number): Promise<void>;
  /** Undefined when nothing is left, or where the system does not let us know. */
  readonly remains: Remains | undefined;
}

/** Background children of a step that is over get this long between TERM and KILL. */
const LEFTOVER_GRACE_MS = 500;

/**
 * Runs one process to its end, with everything it started: in the ledger before it begins, struck out when nothing of it is
 * left. Throws what `startProcess` and `createLimitedGroup` throw, and what `output` throws (then all of it has been killed).
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessEnd> {
  const cookie = newCookie();
  request.ledger.processStarting(cookie, request.step);
  let group: LimitedGroup | undefined;
  let running: RunningProcess;
  try {
    if (request.limits !== undefined) group = createLimitedGroup(cookie, request.limits);
    running = startProcess({
      argv: request.argv,
      env: request.env,
      cwd: request.cwd,
      cookie,
      onOutput: request.output,
      mergeStderr: request.separate !== true,
      gate: group?.gate,
    });
  } catch (error) {
    await group?.remove();
    request.ledger.processGone(cookie);
    throw error;
  }
  request.ledger.processStarted(running.traces);
  const killNow = (): void => {
    running.terminate({ graceMs: 0 }).catch(() => undefined); // Whoever waits for the end below is told.
  };
  const end = async (graceMs: number): Promise<void> => {
    if (request.kill.aborted) killNow();
    request.kill.addEventListener('abort', killNow);
    try {
      await running.terminate({ graceMs });
    } finally {
      request.kill.removeEventListener('abort', killNow);
      await group?.remove();
      request.ledger.processGone(cookie);
    }
  };
  let interrupt: Interrupt | undefined;
  try {
    await group?.admit(running.pid);
    interrupt = await firstOf(running.waitMain(), request.signal);
  } catch (error) {
    await end(0);
    throw error;
  }
  const met = group?.met() ?? [];
  if (interrupt === undefined && request.lingers === true) {
    return { exit: await running.waitMain(), interrupt, met, lingering: { end, remains: running.remains() } };
  }
  if (interrupt === undefined) {
    await end(LEFTOVER_GRACE_MS);
    // The fence kills from another thread: that this is why the process ended is known now.
    const late = interruptOf(request.signal);
    if (late?.kind === 'lost') interrupt = late;
  } else {
    await Promise.all([end(isGentle(interrupt) ? request.graceMs : 0), request.onInterrupt?.(interrupt)]);
  }
  return { exit: await running.waitMain(), interrupt, met, lingering: undefined };
}

/** Resolves with nothing when the work ends first, or with the interrupt. */
async function firstOf(work: Promise<unknown>, signal: AbortSignal): Promise<Interrupt | undefined> {
  const already = interruptOf(signal);
  if (already !== undefined) return already;
  const aborted = Promise.withResolvers<Interrupt | undefined>();
  const listener = (): void => aborted.resolve(interruptOf(signal));
  signal.addEventListener('abort', listener);
  try {
    return await Promise.race([work.then(() => undefined), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', listener);
  }
}
