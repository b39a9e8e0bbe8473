import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../../store/store.ts';
import { deriveKey } from '../secrets/derive-key.ts';
import { LOCAL, type Principal, principalOf } from './principal.ts';
import { hashToken } from './token-hash.ts';

export const TOKEN_PREFIX = 'pko_';

/** API tokens, of which only hashes are kept. */
export interface BearerTokens {
  /**
   * The token of whoever can read the server's secret: left for the command line on the same machine. It is derived from the secret, so
   * that a command which follows a build goes on after a restart of the server.
   */
  readonly local: string;
  find(token: string): Promise<Principal | undefined>;
}

export function createBearerTokens(store: Store, jwtSecret: Uint8Array, clock: Clock): BearerTokens {
  const local =
    TOKEN_PREFIX + Buffer.from(deriveKey(jwtSecret, 'token of the local command line 1')).toString('base64url');
  const localHash = hashToken(local);
  return {
    local,
    async find(token) {
      const hash = hashToken(token);
      // Compared as hashes: their time tells nothing about the token.
      if (hash === localHash) return LOCAL;
      const found = await store.useToken(hash, clock.now());
      if (found === undefined) return undefined;
      const { id, team, role } = found.token;
      return { ...principalOf(found), token: id, limit: { team, role } };
    },
  };
}
