/**
 * The states of builds, attempts, steps, checks and workers, the words people read for them, and which moves between them are
 * legal. The store refuses any other move.
 */
import { z } from 'zod';

/** How a step or a build can end. `failed` is the user's code, `errored` is our side, `warning` is a failure that was allowed. */
export const outcome = z.enum(['succeeded', 'failed', 'errored', 'cancelled', 'skipped', 'warning']);
export type Outcome = z.infer<typeof outcome>;

export const buildStatus = z.enum(['waiting_for_approval', 'pending', 'running', ...outcome.options]);
export type BuildStatus = z.infer<typeof buildStatus>;

export const attemptStatus = z.enum(['granted', 'running', 'cancelling', 'ended', 'lost']);
export type AttemptStatus = z.infer<typeof attemptStatus>;

export const stepStatus = z.enum(['pending', 'running', ...outcome.options]);
export type StepStatus = z.infer<typeof stepStatus>;

export const checkStatus = z.enum(['pending', 'running', 'succeeded', 'errored']);
export type CheckStatus = z.infer<typeof checkStatus>;

export const workerStatus = z.enum(['running', 'draining', 'gone', 'lost']);
export type WorkerStatus = z.infer<typeof workerStatus>;

const ENDINGS: readonly BuildStatus[] = outcome.options;

const BUILD_MOVES: Readonly<Record<BuildStatus, readonly BuildStatus[]>> = {
  // Skipped: its versions cannot be used any more, or its job is gone.
  waiting_for_approval: ['pending', 'cancelled', 'skipped'],
  // Back to waiting: before anybody took it, it got the plan of a revision that asks for approval.
  pending: ['waiting_for_approval', 'running', 'cancelled', 'errored', 'skipped'],
  // Back to pending: its attempt was lost or errored, and another will be made.
  running: ['pending', ...ENDINGS],
  succeeded: [],
  failed: [],
  errored: [],
  cancelled: [],
  skipped: [],
  warning: [],
};

const ATTEMPT_MOVES: Readonly<Record<AttemptStatus, readonly AttemptStatus[]>> = {
  granted: ['running', 'cancelling', 'ended', 'lost'],
  running: ['cancelling', 'ended', 'lost'],
  cancelling: ['ended', 'lost'],
  ended: [],
  lost: [],
};

export function mayBuildMove(from: BuildStatus, to: BuildStatus): boolean {
  return BUILD_MOVES[from].includes(to);
}

export function mayAttemptMove(from: AttemptStatus, to: AttemptStatus): boolean {
  return ATTEMPT_MOVES[from].includes(to);
}

export function isEnded(status: BuildStatus): status is Outcome {
  return (ENDINGS as readonly string[]).includes(status);
}

/** Whether a build that ended so lets its versions pass to jobs downstream. */
export function passes(status: BuildStatus): boolean {
  return status === 'succeeded' || status === 'warning';
}

/** The word shown to people. What a pending build waits for is said beside it. */
export const STATUS_WORDS: Readonly<Record<BuildStatus, string>> = {
  waiting_for_approval: 'needs you',
  pending: 'pending',
  running: 'running',
  succeeded: 'passed',
  failed: 'failed',
  errored: 'errored',
  cancelled: 'cancelled',
  skipped: 'skipped',
  warning: 'passed, with warnings',
};

/**
 * The outcome of several steps together: the worst wins. Order: cancelled, errored, failed, warning, succeeded; all skipped is
 * skipped, and none at all is succeeded.
 */
export function worstOutcome(outcomes: readonly Outcome[]): Outcome {
  for (const candidate of ['cancelled', 'errored', 'failed', 'warning', 'succeeded'] as const) {
    if (outcomes.includes(candidate)) return candidate;
  }
  return outcomes.length > 0 ? 'skipped' : 'succeeded';
}
