import type { Clock, Instant } from '../../lib/clock.ts';
import type { Principal } from './principal.ts';
import { hashToken, randomToken } from './token-hash.ts';

const VALID_MS = 24 * 3_600_000;

/** Addresses that sign somebody in, once, within a day. They live in memory: a restart makes them void. */
export interface OneTimeLinks {
  /** Path and query, to be put behind the server's address. */
  make(principal: Principal): string;
  /** Uses it up. */
  redeem(token: string): Principal | undefined;
}

export function createOneTimeLinks(clock: Clock): OneTimeLinks {
  const open = new Map<string, { readonly principal: Principal; readonly expiresAt: Instant }>();
  return {
    make(principal) {
      const token = randomToken();
      open.set(hashToken(token), { principal, expiresAt: clock.now() + VALID_MS });
      return `/auth/once?token=${token}`;
    },
    redeem(token) {
      const hash = hashToken(token);
      const found = open.get(hash);
      open.delete(hash);
      return found !== undefined && found.expiresAt > clock.now() ? found.principal : undefined;
    },
  };
}
