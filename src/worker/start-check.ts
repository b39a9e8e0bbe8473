/** One granted check, from its directories to its acknowledged result. It is not journaled: one that is cut off is simply made again. */
import { createRunTime } from '../pipeline/run-time.ts';
import { encodeEmitted } from '../protocol/codec.ts';
import type { CheckGrant } from '../protocol/messages.ts';
import type { WorkerQueue } from '../queue/queue.ts';
import { Interrupt } from './engine/interrupt.ts';
import { endOfError } from './engine/step-end.ts';
import { logBug, type RunningAttempt, type WorkerParts, withFence } from './run-attempt.ts';
import { type CheckEnd, runCheck } from './run-check.ts';
import { createMasks } from './secrets/masks.ts';
import { readSealed } from './secrets/read-sealed.ts';

export function startCheck(
  grant: CheckGrant,
  parts: WorkerParts & { readonly queue: Pick<WorkerQueue, 'emit'> },
): RunningAttempt {
  const { logger, leases, journal } = parts;
  const cancel = new AbortController();
  const owner = `check-${grant.check}`;
  let lost = false;

  async function run(): Promise<CheckEnd> {
    const dirs = parts.roots.create(owner);
    try {
      const sealed = readSealed(grant.sealed, parts.sealKey);
      const masks = createMasks();
      for (const value of Object.values(sealed)) masks.add(value);
      const request = { team: grant.team, pipeline: grant.pipeline, plan: grant.plan, last: grant.last };
      return await runCheck(request, {
        dirs,
        environment: parts.environment,
        workerEnvironment: parts.workerEnvironment,
        executable: parts.executable,
        masks,
        createRunTime,
        caches: parts.caches,
        sealed,
        storedSecret: parts.secrets.of({ kind: 'check', check: grant.check, fencing: grant.fencing }),
        ledger: withFence(journal.ledger(owner), parts.fence),
        cancel: cancel.signal,
        graceMs: parts.graceMs,
        onBug: (error) => logBug(logger, error, owner),
      });
    } finally {
      await parts.roots.remove(dirs.root, logger);
    }
  }

  const lease = leases.hold({
    kind: 'check',
    id: grant.check,
    fencing: grant.fencing,
    lost() {
      lost = true;
      cancel.abort(new Interrupt('lost'));
    },
    cancel: () => cancel.abort(new Interrupt('cancelled')),
  });
  const result = run().catch((error: unknown): CheckEnd => {
    const { problem } = endOfError(error, (bug) => logBug(logger, bug, owner));
    return { versions: undefined, ordered: false, problem, log: '' };
  });

  async function settle(): Promise<void> {
    try {
      const { versions, ordered, problem, log } = await result;
      if (lost) return;
      const frame = encodeEmitted({
        kind: 'check_result',
        check: grant.check,
        fencing: grant.fencing,
        at: parts.clock.now(),
        ...(versions !== undefined && { versions: [...versions], ...(ordered && { ordered }) }),
        ...(problem !== undefined && { problem }),
        log,
      });
      // Rejects only when the queue is closed or refuses us: then the check's lease runs out, and it is made again.
      await parts.queue
        .emit(frame)
        .catch(() => logger.warn('the result of a check could not be sent', { check: grant.check }));
    } finally {
      lease[Symbol.dispose]();
    }
  }

  const end = (): void => cancel.abort(new Interrupt('cancelled'));
  return {
    cancel: end,
    kill: end,
    ended: result.then(() => undefined),
    settled: settle(),
  };
}
