/**
 * Questions for work that could not be answered at once. Each is held until there is work for it, its asker is gone, or its time is over;
 * when there may be work, those that may get it are tried again, the oldest first, and of those that are alike only one where that gets nothing. Stopped, it
 * grants nothing more; questions are held to the end of their time.
 */
import type { Clock, Instant } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { type WorkKind, workKind } from '../../protocol/messages.ts';
import { createLoop, type Loop, type Timers } from '../loops/loop.ts';

/** Looks for work; `undefined`: there is none for this question now. */
export type TryGrant<Grant> = () => Promise<Grant | undefined>;

/** What a question asks for. */
export interface Asked {
  readonly kinds: readonly WorkKind[];
  /** Of all questions with the same `alike` one gets what any other would get. */
  readonly alike: string;
}

export interface HeldQuestions<Grant> extends Omit<Loop, 'wake'> {
  /** The answer, or `undefined` after `holdMs` or when `signal` aborts. */
  ask(asked: Asked, tryGrant: TryGrant<Grant>, holdMs: number, signal: AbortSignal): Promise<Grant | undefined>;
  readonly size: number;
  /** There may be work: of this kind, or of any. */
  wake(kind?: WorkKind): void;
  /** There will be work at this instant: a build whose time for another try comes. */
  wakeAt(at: Instant): void;
}

/** Work may appear that nobody told us of: another server made it. */
const POLL_MS = 2_000;
const EVERY_KIND: readonly WorkKind[] = workKind.options;

interface Held<Grant> extends Asked {
  readonly tryGrant: TryGrant<Grant>;
  readonly answer: (grant: Grant | undefined) => void;
  readonly fail: (error: unknown) => void;
}

export function createHeldQuestions<Grant>(clock: Clock, timers: Timers, logger: Logger): HeldQuestions<Grant> {
  const held = new Set<Held<Grant>>();
  /** Asked since the last round. */
  const fresh = new Set<Held<Grant>>();
  /** Kinds of which there may be work since the last round. */
  const woken = new Set<WorkKind>();
  let lookedAtAll: Instant | undefined;
  const due = new Set<Instant>();

  /** Who is tried in this round: everybody, when nobody was named or it is time for it. */
  function chosen(now: Instant): readonly Held<Grant>[] {
    const sinceAll = lookedAtAll === undefined ? POLL_MS : Math.abs(now - lookedAtAll);
    const isTime = sinceAll >= POLL_MS || [...due].some((at) => at <= now);
    const all = isTime || (woken.size === 0 && fresh.size === 0);
    if (all) lookedAtAll = now;
    const some = [...held].filter((one) => all || fresh.has(one) || one.kinds.some((kind) => woken.has(kind)));
    fresh.clear();
    woken.clear();
    return some;
  }

  const loop = createLoop({
    name: 'granting',
    pollMs: POLL_MS,
    timers,
    logger,
    async run() {
      const inVain = new Set<string>();
      for (const question of chosen(clock.now())) {
        // Its asker may have gone while another one's grant was looked for.
        if (!held.has(question) || inVain.has(question.alike)) continue;
        try {
          const grant = await question.tryGrant();
          if (grant !== undefined) question.answer(grant);
          else inVain.add(question.alike);
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
    wake(kind) {
      for (const one of kind === undefined ? EVERY_KIND : [kind]) woken.add(one);
      loop.wake();
    },
    wakeAt(at) {
      due.add(at);
      loop.wake();
    },
    ask(asked, tryGrant, holdMs, signal) {
      if (signal.aborted) return Promise.resolve(undefined);
      return new Promise((resolve, reject) => {
        const over = (): void => {
          held.delete(question);
          fresh.delete(question);
          cancelTimer();
          signal.removeEventListener('abort', giveUp);
        };
        const question: Held<Grant> = {
          ...asked,
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
        fresh.add(question);
        loop.wake();
      });
    },
  };
}
