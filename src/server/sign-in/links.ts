/** One-time tickets to link an account elsewhere: a page asks for one with its session's CSRF token, so that no other site can have a user link what is not theirs. */
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import type { UserId } from '../../lib/ids.ts';
import type { ShortLivedStore } from '../../store/servers.ts';
import { hashToken, randomToken } from '../auth/token-hash.ts';

export interface Links {
  make(userId: UserId, next: string): Promise<string>;
  /** Uses it up. */
  take(ticket: string): Promise<{ readonly userId: UserId; readonly next: string } | undefined>;
}

const VALID_MS = 2 * 60_000;
const kept = z.object({ userId: z.string(), next: z.string() });

export function createLinks(store: ShortLivedStore, clock: Clock): Links {
  return {
    async make(userId, next) {
      const ticket = randomToken();
      const key = { kind: 'link', id: hashToken(ticket) } as const;
      await store.addShortLived(key, JSON.stringify({ userId, next }), clock.now() + VALID_MS);
      return ticket;
    },
    async take(ticket) {
      const text = await store.takeShortLived({ kind: 'link', id: hashToken(ticket) });
      if (text === undefined) return undefined;
      const { userId, next } = kept.parse(JSON.parse(text));
      return { userId: userId as UserId, next };
    },
  };
}
