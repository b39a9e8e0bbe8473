/**
 * Questions for work that could not be answered at once. Each is held until there is work for it, its asker is gone, or its time is over;
 * when there may be work, all of them are tried again, the oldest first. Stopped, it grants nothing more; questions are held to the end of their time.
 */
import type { Clock, Instant } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createLoop, type Loop, type Timers } from '../loops/loop.ts';

/** Looks for work; `undefined`: there is none for this question now. */
export type TryGrant<Grant> = () => Promise<Grant | undefined>;

export interface HeldQuestions<Grant> extends Loop {
  /** The answer, or `undefined` after `holdMs` or when `signal` aborts. */
  ask(tryGrant: TryGrant<Grant>, holdMs: number, signal: AbortSignal): Promise<Grant | undefined>;
  readonly size: number;
  /** There will be work at this instant: a build whose time for another try comes. */
  wakeAt(at: Instant): void;
}

/** Work may appear that nobody told us of: another server made it. */
const POLL_MS = 2_000;

interface Held<Grant> {
  readonly tryGrant: TryGrant<Grant>;
  readonly answer: (grant: Grant | undefined) => void;
  readonly fail: (error: unknown) => void;
}

export function createHeldQuestions<Grant>(clock: Clock, timers: Timers, logger: Logger): HeldQuestions<Grant> {
  const held = new Set<Held<Grant>>();
  const due = new Set<Instant>();
  const loop = createLoop({
    name: 'granting',
    pollMs: POLL_MS,
    timers,
    logger,
    async run() {
      for (const question of [...held]) {
        // Its asker may have gone while another one's grant was looked for.
        if (!held.has(question)) continue;
        try {
          const grant = await question.tryGrant();
          if (grant !== undefined) question.answer(grant);
        } catch (error) {
          question.fail(error);
        }
      }
      const now = clock.now();
      for (const at of due) if (at <= now) due.delete(at);
      return due.size === 0 ? undefined : Math.min(...due) - now;
    },
  });

  return {
    ...loop,
    get size() {
      return held.size;
    },
    wakeAt(at) {
      due.add(at);
      loop.wake();
    },
    ask(tryGrant, holdMs, signal) {
      if (signal.aborted) return Promise.resolve(undefined);
      return new Promise((resolve, reject) => {
        const over = (): void => {
          held.delete(question);
          cancelTimer();
          signal.removeEventListener('abort', giveUp);
        };
        const question: Held<Grant> = {
          tryGrant,
          answer: (grant) => {
            over();
            resolve(grant);
          },
          fail: (error) => {
            over();
            reject(error);
          },
        };
        const giveUp = (): void => question.answer(undefined);
        const cancelTimer = timers.after(holdMs, giveUp);
        signal.addEventListener('abort', giveUp, { once: true });
        held.add(question);
        loop.wake();
      });
    },
  };
}
