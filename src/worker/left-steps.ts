/** What a dead worker left running that may not wait for its return: the processes of its steps. */
import type { Logger } from '../lib/logger.ts';
import { killLeftovers } from '../lib/system/kill-leftovers.ts';
import type { ProcessTraces } from '../lib/system/process-tree.ts';
import { openJournal } from './journal.ts';
import type { OwedCleanup } from './runners/ledger.ts';
import { isServiceStep, runCleanup } from './settle.ts';

export interface LeftSteps {
  readonly processes: readonly ProcessTraces[];
  /** Remove what is outside of the process trees: containers. */
  readonly cleanups: readonly OwedCleanup[];
}

/** Less than what is left of the shortest sensible lease. */
const GRACE_MS = 1_000;

/** `dataDir` must be ours, as for `openJournal`. */
export function readLeftSteps(dataDir: string, logger: Logger): LeftSteps {
  using journal = openJournal(dataDir, (message) => logger.error(message));
  return {
    processes: journal
      .processes()
      .filter(({ step }) => !isServiceStep(step))
      .map(({ traces }) => traces),
    cleanups: journal.owed().flatMap(({ cleanups }) => cleanups.map(({ cleanup }) => cleanup)),
  };
}

/** Can be done twice, and beside a worker that does the same because it has just come back. */
export async function endLeftSteps({ processes, cleanups }: LeftSteps, logger: Logger): Promise<void> {
  await Promise.all([
    ...processes.map((traces) => killLeftovers(traces, { graceMs: GRACE_MS })),
    ...cleanups.map((cleanup) => runCleanup(cleanup, { logger })),
  ]);
}
