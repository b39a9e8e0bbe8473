/**
 * What is done when a worker was killed, at once and without it: its steps are ended, wherever they hid. They would go on for as long as nobody
 * starts it again, and beside the next attempt of their builds (docs/decisions/0088). All else that it owes waits for its return: stops of services,
 * `ensure` hooks, the rest of its logs.
 */
import { z } from 'zod';
import { CodedError } from '../lib/coded-error.ts';
import { silentLogger } from '../lib/logger.ts';
import { lockDirectory } from '../lib/system/lock-file.ts';
import { endLeftSteps, type LeftSteps, readLeftSteps } from '../worker/left-steps.ts';
import { GUARD_OF_WORKER } from '../worker/take-directory.ts';
import { type GuardProcess, startGuardProcess } from './guard-process.ts';

export const guardedWorker = z.object({ kind: z.literal('worker'), dataDir: z.string() });

/** One that is killed itself is missed no longer than this. */
const AGAIN_MS = 1_000;

export interface WorkerGuard {
  /** `done`: nothing runs any more, and there is nothing to be done. */
  end(done: boolean): Promise<void>;
}

/** From now on, until it is ended. */
export function guardWorker(dataDir: string): WorkerGuard {
  let ended = false;
  let guard: GuardProcess;
  function start(): void {
    // It needs to find programs, and is to know none of the worker's secrets.
    guard = startGuardProcess({ kind: 'worker', dataDir }, { PATH: process.env.PATH });
    void guard.gone.then(() => {
      if (!ended) setTimeout(() => ended || start(), AGAIN_MS).unref();
    });
  }
  start();
  return {
    async end(done) {
      ended = true;
      await guard.end(done);
    },
  };
}

export async function endStepsOfDeadWorker(dataDir: string): Promise<void> {
  const left = readLeft(dataDir);
  if (left !== undefined) await endLeftSteps(left, silentLogger);
}

/** The directory is held no longer than it takes to read: a worker that comes back waits for that. Undefined when one is back already, and does all this itself. */
function readLeft(dataDir: string): LeftSteps | undefined {
  try {
    const lock = lockDirectory(dataDir, GUARD_OF_WORKER);
    try {
      return readLeftSteps(dataDir, silentLogger);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (error instanceof CodedError && error.code === 'data_dir.locked') return undefined;
    throw error;
  }
}
