import type { Clock, Instant } from './clock.ts';

/**
 * A failure that goes on: a full disk, a database that cannot be reached. Whoever meets it meets it many times a second; who reads the log needs it once.
 *
 * Said at once the first time, then at most once a minute with how often it happened since, and once when it is over. One that comes and
 * goes is not said oftener for that.
 */
export interface StandingTrouble {
  /** `kind`: another one than was said last is said soon, since what helps is another thing. */
  happened(text: string, kind?: string): void;
  /** Something of the same kind went well. It is over when nothing failed for `quietMs` before. */
  wentWell(): void;
  /** Whether it goes on. */
  readonly standing: boolean;
}

export interface StandingTroubleOptions {
  readonly clock: Clock;
  readonly say: (text: string) => void;
  readonly sayOver: () => void;
  /** Longer than the longest pause between two tries of what fails, or each good moment in between would look like the end. */
  readonly quietMs: number;
}

export const SAY_EVERY_MS = 60_000;
/** Of two kinds in turn no more than this is said. */
const SAY_OTHER_MS = 5_000;

export function createStandingTrouble({ clock, say, sayOver, quietMs }: StandingTroubleOptions): StandingTrouble {
  let standing = false;
  let lastAt: Instant = 0;
  let saidAt: Instant | undefined;
  let unsaid = 0;
  /** Whether the log has heard of the trouble that stands. */
  let told = false;
  let saidKind: string | undefined;

  return {
    get standing() {
      return standing;
    },
    happened(text, kind) {
      const now = clock.now();
      standing = true;
      lastAt = now;
      const pause = kind === saidKind ? SAY_EVERY_MS : SAY_OTHER_MS;
      if (saidAt !== undefined && now - saidAt < pause) {
        unsaid += 1;
        return;
      }
      say(unsaid === 0 ? text : `${text} (${unsaid} more times since this was last said)`);
      saidAt = now;
      saidKind = kind;
      unsaid = 0;
      told = true;
    },
    wentWell() {
      if (!standing || clock.now() - lastAt < quietMs) return;
      standing = false;
      if (told) sayOver();
      told = false;
    },
  };
}
