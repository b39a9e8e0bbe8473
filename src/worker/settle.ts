/** The first thing a worker does: to make good what the one before it, killed in the middle of something, still owed. */
import { mkdirSync } from 'node:fs';
import { CodedError } from '../lib/coded-error.ts';
import { pruneCgroups } from '../lib/system/cgroup.ts';
import { findExecutable } from '../lib/system/executable.ts';
import { killLeftovers } from '../lib/system/kill-leftovers.ts';
import { pruneLimitedGroups } from '../lib/system/limited-group.ts';
import type { ProcessTraces } from '../lib/system/process-tree.ts';
import { createRunTime } from '../pipeline/run-time.ts';
import { attemptRoot, removeAttemptRoot, sweepAttemptRoots } from './attempt-root.ts';
import { isContainerEngine, sweepContainers } from './containers/sweep-containers.ts';
import { Interrupt } from './engine/interrupt.ts';
import { settleBuild } from './engine/settle-build.ts';
import type { OwedAttempt } from './journal.ts';
import { logBug, type WorkerParts } from './run-attempt.ts';
import { NO_LEDGER, type OwedCleanup } from './runners/ledger.ts';
import { runProcess } from './runners/run-process.ts';
import { createMasks } from './secrets/masks.ts';

export type SettleParts = Pick<
  WorkerParts,
  | 'clock'
  | 'logger'
  | 'name'
  | 'workRoot'
  | 'environment'
  | 'bareEnvironment'
  | 'workerEnvironment'
  | 'executable'
  | 'caches'
  | 'files'
  | 'shelf'
  | 'journal'
  | 'outbox'
  | 'secrets'
  | 'graceMs'
  | 'setPipeline'
>;

/** What is left of an earlier process of ours gets this long between TERM and KILL; services get it after their `stop`. */
const LEFTOVER_GRACE_MS = 2_000;
/** Hooks and stops of dead builds must not keep the worker from its work for ever. */
const SETTLE_LIMIT_MS = 10 * 60_000;
const CLEANUP_TIMEOUT_MS = 30_000;

export interface Settled {
  /** Attempts cut off: `hello` tells the servers, who do not know it yet. */
  readonly cutOff: readonly string[];
  /** Attempts that had ended: only their last events were not acknowledged. */
  readonly ended: readonly string[];
}

export const isServiceStep = (step: string): boolean => step.startsWith('service:');

/**
 * In steps:
 *
 * 1. processes of steps are killed, wherever they hid; those of services live until their `stop`;
 * 2. for each attempt: clean-up commands of runners, `ensure` hooks, service stops, told as events of the old attempt;
 * 3. processes of services are killed;
 * 4. containers that mount a work directory are removed, then the directories, and empty cgroups of dead workers.
 *
 * The events of all of them are on their way in the outbox then. `signal` hurries it.
 */
export async function settle(parts: SettleParts, signal: AbortSignal): Promise<Settled> {
  const { journal, outbox, logger } = parts;
  const processes = journal.processes();
  await killAll(
    processes.filter(({ step }) => !isServiceStep(step)),
    parts,
  );
  const owed = journal.owed();
  for (const attempt of owed) {
    const id = attempt.grant.attempt;
    outbox.open(id, attempt.grant.fencing, () => logger.error('the disk is full'));
    if (attempt.ended) continue;
    logger.warn('an attempt was cut off when the worker died; it is cleaned up', { attempt: id });
    await settleAttempt(attempt, parts, signal);
  }
  await killAll(
    processes.filter(({ step }) => isServiceStep(step)),
    parts,
  );
  for (const attempt of owed) {
    if (attempt.ended) continue;
    const engines = mayHaveContainers(attempt) && hasDocker(parts.environment) ? ['docker'] : [];
    await sweepContainers(engines, attemptRoot(attempt.root).workDir, parts.environment, logger);
    journal.end(attempt.grant.attempt);
    await removeAttemptRoot(attempt.root, logger);
  }
  await sweepAttemptRoots(parts.workRoot, logger);
  pruneCgroups();
  pruneLimitedGroups();
  const ids = (ended: boolean): string[] =>
    owed.filter((attempt) => attempt.ended === ended).map((attempt) => attempt.grant.attempt);
  return { cutOff: ids(false), ended: ids(true) };
}

async function killAll(
  processes: readonly { readonly traces: ProcessTraces; readonly step: string }[],
  { journal, logger }: SettleParts,
): Promise<void> {
  for (const { traces, step } of processes) {
    const { found, survivors } = await killLeftovers(traces, { graceMs: LEFTOVER_GRACE_MS });
    if (found > 0)
      logger.warn('processes left by a dead worker were ended', { step, found, survivors: survivors.length });
    journal.ledger('').processGone(traces.cookie);
  }
}

async function settleAttempt(attempt: OwedAttempt, parts: SettleParts, signal: AbortSignal): Promise<void> {
  const { journal, outbox, logger, clock } = parts;
  const id = attempt.grant.attempt;
  const dirs = attemptRoot(attempt.root);
  const ledger = journal.ledger(id);
  for (const directory of [dirs.workDir, dirs.privateDir]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const { id: cleanup, cleanup: command } of attempt.cleanups) {
    await runCleanup(command, parts);
    ledger.cleanupDone(cleanup);
  }
  const kill = new AbortController();
  const hurry = (): void => kill.abort(new Interrupt('killed'));
  const timer = setTimeout(hurry, SETTLE_LIMIT_MS);
  signal.addEventListener('abort', hurry);
  if (signal.aborted) hurry();
  try {
    await settleBuild(attempt.grant, attempt, {
      emit: (event) => outbox.append(id, event),
      clock,
      worker: parts.name,
      workDir: dirs.workDir,
      privateDir: dirs.privateDir,
      environment: attempt.grant.build.event?.fork === true ? parts.bareEnvironment : parts.environment,
      workerEnvironment: parts.workerEnvironment,
      executable: parts.executable,
      masks: createMasks(),
      createRunTime,
      caches: parts.caches,
      files: parts.files?.(attempt.grant),
      shelf: parts.shelf,
      sealed: {},
      idToken: parts.secrets.idTokensOf({ build: attempt.grant.build.id, attempt: id, fencing: attempt.grant.fencing }),
      storedSecret: parts.secrets.of({ kind: 'build', attempt: id, fencing: attempt.grant.fencing }),
      ledger,
      cancel: kill.signal,
      kill: kill.signal,
      graceMs: parts.graceMs,
      overrides: new Map(),
      allowPut: true,
      setPipeline: parts.setPipeline,
      onBug: (error) => logBug(logger, error, id),
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', hurry);
  }
}

export async function runCleanup(command: OwedCleanup, { logger }: Pick<SettleParts, 'logger'>): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Interrupt('timed_out')), CLEANUP_TIMEOUT_MS);
  try {
    await runProcess({
      ...command,
      cwd: '/',
      output: () => undefined,
      signal: limit.signal,
      kill: limit.signal,
      graceMs: 0,
      ledger: NO_LEDGER,
      step: 'cleanup',
    });
  } catch (error) {
    // What it was to remove may be gone with the machine; the sweep of containers comes after it anyway.
    logger.warn('a clean-up command could not be run', { program: command.argv[0], why: String(error) });
  } finally {
    clearTimeout(timer);
  }
}

function mayHaveContainers({ cleanups, grant: { plan } }: OwedAttempt): boolean {
  if (cleanups.length > 0 || plan.services.length > 0) return true;
  return Object.values(plan.types.runners).some((runner) => isContainerEngine(runner.run.path.split('/').at(-1) ?? ''));
}

function hasDocker(environment: SettleParts['environment']): boolean {
  try {
    findExecutable('docker', environment.PATH, '/');
    return true;
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}
