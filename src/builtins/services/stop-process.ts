import { errnoCode } from '../../lib/system/errno.ts';
import { readProcess } from '../../lib/system/process-table.ts';
import type { ServiceState } from './service-state.ts';

/** For each of the ways to end it. */
const TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 20;

type ProcessState = Extract<ServiceState, { kind: 'process' }>;

/** Asks it to end, then makes it. Whether it was still there. */
export async function stopProcess(state: ProcessState, signals: readonly NodeJS.Signals[]): Promise<boolean> {
  if (!isThere(state)) return false;
  for (const signal of [...signals, 'SIGKILL'] as const) {
    send(state.pid, signal);
    if (await isGone(state)) break;
  }
  return true;
}

/** A number that was given to another process since has another start time; one that only waits to be buried is dead. */
function isThere({ pid, startTicks }: ProcessState): boolean {
  const found = readProcess(pid);
  return found !== undefined && !found.zombie && (startTicks === undefined || found.startTicks === startTicks);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoCode(error) !== 'ESRCH') throw error;
  }
}

async function isGone(state: ProcessState): Promise<boolean> {
  const until = performance.now() + TIMEOUT_MS;
  while (performance.now() < until) {
    if (!isThere(state)) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return false;
}
