import type { Clock } from '../../lib/clock.ts';
import type { UserId } from '../../lib/ids.ts';
import type { UserRecord } from '../../store/identity-store.ts';
import type { Store } from '../../store/store.ts';
import { hashToken, randomToken } from './token-hash.ts';

export const LINK_VALID_MS = 24 * 3_600_000;

/** Addresses that sign somebody in, once, within a day. */
export interface OneTimeLinks {
  /** Path and query, to be put behind the server's address. */
  make(userId: UserId): Promise<string>;
  /** Uses it up. */
  redeem(token: string): Promise<UserRecord | undefined>;
}

export function createOneTimeLinks(store: Store, clock: Clock): OneTimeLinks {
  return {
    async make(userId) {
      const token = randomToken();
      await store.createLink({ hash: hashToken(token), userId, expiresAt: clock.now() + LINK_VALID_MS });
      return `/auth/once?token=${token}`;
    },
    redeem: (token) => store.redeemLink(hashToken(token), clock.now()),
  };
}
