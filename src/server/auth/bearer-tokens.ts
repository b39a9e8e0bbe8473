import type { Clock, Instant } from '../../lib/clock.ts';
import type { Principal } from './principal.ts';
import { hashToken, randomToken } from './token-hash.ts';

export const TOKEN_PREFIX = 'pko_';

/** API tokens that live as long as this server: the one left for the command line on the same machine. Only their hashes are kept. */
export interface BearerTokens {
  /** The token itself is given out here, once. */
  issue(principal: Principal, expiresAt?: Instant): string;
  find(token: string): Principal | undefined;
}

export function createBearerTokens(clock: Clock): BearerTokens {
  const known = new Map<string, { readonly principal: Principal; readonly expiresAt: Instant | undefined }>();
  return {
    issue(principal, expiresAt) {
      const token = randomToken(TOKEN_PREFIX);
      known.set(hashToken(token), { principal, expiresAt });
      return token;
    },
    find(token) {
      const found = known.get(hashToken(token));
      if (found === undefined) return undefined;
      return found.expiresAt !== undefined && found.expiresAt <= clock.now() ? undefined : found.principal;
    },
  };
}
