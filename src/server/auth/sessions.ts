/** Sessions of browsers: a random cookie, known to the store by its hash, so that they survive a restart, hold on every server, and can be ended. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { newId, type SessionId, type UserId } from '../../lib/ids.ts';
import type { Store } from '../../store/store.ts';
import { deriveKey } from '../secrets/derive-key.ts';
import { type Principal, principalOf } from './principal.ts';
import { hashToken, randomToken } from './token-hash.ts';

const VALID_MS = 30 * 24 * 3_600_000;
const MOST_AGENT = 200;

export interface Visitor {
  readonly address: string;
  /** What the browser calls itself. */
  readonly agent: string;
}

export interface Sessions {
  /** Differs between servers of different secrets: cookies do not know ports, and two servers on one machine must not log each other out. */
  readonly cookieName: string;
  readonly validMs: number;
  /** The cookie's value. */
  begin(userId: UserId, visitor: Visitor): Promise<string>;
  read(cookie: string): Promise<Principal | undefined>;
  end(principal: Principal): Promise<void>;
}

export function createSessions(store: Store, jwtSecret: Uint8Array, clock: Clock): Sessions {
  const name = createHash('sha256').update(deriveKey(jwtSecret, 'session cookies 1')).digest('hex').slice(0, 8);
  return {
    cookieName: `pikoci_${name}`,
    validMs: VALID_MS,

    async begin(userId, { address, agent }) {
      const cookie = randomToken();
      const now = clock.now();
      await store.beginSession({
        id: newId<SessionId>(),
        hash: hashToken(cookie),
        userId,
        csrf: randomToken(),
        createdAt: now,
        expiresAt: now + VALID_MS,
        address,
        agent: agent.slice(0, MOST_AGENT),
      });
      return cookie;
    },

    async read(cookie) {
      const found = await store.useSession(hashToken(cookie), clock.now());
      return found && { ...principalOf(found), session: { id: found.session.id, csrf: found.session.csrf } };
    },

    async end({ userId, session }) {
      if (userId !== undefined && session !== undefined) await store.endSession(userId, session.id);
    },
  };
}
