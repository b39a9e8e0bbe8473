import type { Clock, Instant } from '../../lib/clock.ts';
import { deriveKey } from '../secrets/derive-key.ts';
import type { Principal } from './principal.ts';
import { hashToken, randomToken } from './token-hash.ts';

export const TOKEN_PREFIX = 'pko_';

/** API tokens that live as long as this server. Only their hashes are kept. */
export interface BearerTokens {
  /** The token itself is given out here, once. */
  issue(principal: Principal, expiresAt?: Instant): string;
  /**
   * The token of whoever can read the server's secret: left for the command line on the same machine. It is derived from the secret, so
   * that a command which follows a build goes on after a restart of the server.
   */
  issueLocal(principal: Principal, jwtSecret: Uint8Array): string;
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
    issueLocal(principal, jwtSecret) {
      const key = deriveKey(jwtSecret, 'token of the local command line 1');
      const token = TOKEN_PREFIX + Buffer.from(key).toString('base64url');
      known.set(hashToken(token), { principal, expiresAt: undefined });
      return token;
    },
    find(token) {
      const found = known.get(hashToken(token));
      if (found === undefined) return undefined;
      return found.expiresAt !== undefined && found.expiresAt <= clock.now() ? undefined : found.principal;
    },
  };
}
