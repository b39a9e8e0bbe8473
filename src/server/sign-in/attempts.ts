/**
 * Attempts to sign in elsewhere, from leaving until coming back: in the database, because one may come back to another server of the pair. Of the state only its hash is
 * there, and what belongs to it is sealed. An attempt belongs to the browser that has its cookie, and is used up by whoever comes back first.
 */
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { UserId } from '../../lib/ids.ts';
import { repositoryAccess } from '../../protocol/sign-in.ts';
import type { ShortLivedStore } from '../../store/servers.ts';
import { hashToken, randomToken } from '../auth/token-hash.ts';
import type { AtRest } from '../secrets/at-rest.ts';

export const ATTEMPT_MS = 10 * 60_000;

/** Of 32 random bytes as text. */
const LEAST_COOKIE = 43;

const begun = z.object({
  provider: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  access: repositoryAccess,
  next: z.string(),
  /** Of the browser's cookie. */
  browserHash: z.string(),
  /** To be linked to this user, who was signed in. */
  linkTo: z.string().optional(),
});
type Begun = z.infer<typeof begun>;

export interface BegunAttempt extends Omit<Begun, 'browserHash' | 'linkTo'> {
  readonly state: string;
  readonly linkTo: UserId | undefined;
}

export interface Attempts {
  /** `browser`: what its cookie has of an attempt in another tab, and what goes into it. */
  begin(
    of: Pick<BegunAttempt, 'provider' | 'access' | 'next' | 'linkTo'>,
    browser: string | undefined,
  ): Promise<{ readonly attempt: BegunAttempt; readonly browser: string }>;
  /** Uses it up. Throws `sign_in.state`. */
  take(state: string, browser: string | undefined): Promise<BegunAttempt>;
}

export function createAttempts(parts: {
  readonly store: ShortLivedStore;
  readonly atRest: AtRest;
  readonly clock: Clock;
}): Attempts {
  const { store, atRest, clock } = parts;
  return {
    async begin({ provider, access, next, linkTo }, before) {
      const state = randomToken();
      const browser = before !== undefined && before.length >= LEAST_COOKIE ? before : randomToken();
      const kept = { provider, access, next, nonce: randomToken(), verifier: randomToken() };
      const attempt: BegunAttempt = { ...kept, state, linkTo };
      const value: Begun = { ...kept, browserHash: hashToken(browser), ...(linkTo !== undefined && { linkTo }) };
      const id = hashToken(state);
      const sealed = atRest.encrypt(z.json().parse(value), contextOf(id));
      await store.addShortLived({ kind: 'sign_in', id }, sealed, clock.now() + ATTEMPT_MS);
      return { attempt, browser };
    },
    async take(state, browser) {
      const id = hashToken(state);
      const sealed = await store.takeShortLived({ kind: 'sign_in', id });
      if (sealed === undefined) {
        throw new CodedError(
          'sign_in.state',
          'this way back was used before, is too old, or never was one of this server',
          {
            hint: `begin again; a way to sign in is open for ${ATTEMPT_MS / 60_000} minutes`,
          },
        );
      }
      const found = begun.parse(atRest.decrypt(sealed, contextOf(id)));
      if (browser === undefined || hashToken(browser) !== found.browserHash) {
        throw new CodedError('sign_in.state', 'signing in was begun in another browser, or this one keeps no cookies', {
          hint: 'begin again in this browser, and let it keep the cookies of this server',
        });
      }
      const { browserHash: _, linkTo, ...attempt } = found;
      return { ...attempt, state, linkTo: linkTo as UserId | undefined };
    },
  };
}

const contextOf = (id: string): string => `sign-in ${id}`;
