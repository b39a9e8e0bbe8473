/**
 * Signing in a terminal by a browser, for whoever has no password here. The terminal gets a secret and a code; somebody who is signed in opens the page with the code, sees from where
 * it was asked for, and agrees; the terminal, which asks again and again, then gets a token, once. In the database only hashes say which is which.
 */
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { type ApiTokenId, newId, type UserId } from '../../lib/ids.ts';
import type { askedTerminal, claimedTerminal } from '../../protocol/sign-in.ts';
import type { Store } from '../../store/store.ts';
import { TOKEN_PREFIX } from '../auth/bearer-tokens.ts';
import { hashToken, randomToken } from '../auth/token-hash.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import { byPerson } from '../users/own-routes.ts';

export interface Terminals {
  ask(name: string, address: string): Promise<z.infer<typeof askedTerminal>>;
  /** `undefined`: nothing is known of it, or not any more. */
  claim(secret: string): Promise<z.infer<typeof claimedTerminal> | undefined>;
  readonly handlers: Handlers<'getTerminal' | 'confirmTerminal'>;
}

const VALID_MS = 10 * 60_000;
const EVERY_MS = 2_000;
const TOKEN_MS = 90 * 86_400_000;
/** Without vowels, so that no code is a word, and without what looks alike. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

const waiting = z.object({
  secretHash: z.string(),
  name: z.string(),
  address: z.string(),
  askedAt: z.int(),
  expiresAt: z.int(),
});
const state = z.object({ userId: z.string().optional(), name: z.string() });

export function createTerminals(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly externalUrl: () => string;
}): Terminals {
  const { store, clock } = parts;

  async function find(written: string) {
    const text = await store.readShortLived({ kind: 'terminal_code', id: idOf(written) });
    if (text !== undefined) return { text, terminal: waiting.parse(JSON.parse(text)) };
    throw notFound(
      'terminal that waits with this code',
      'look at the code again; after ten minutes pikoci login has to be begun again',
    );
  }

  return {
    async ask(name, address) {
      const secret = randomToken();
      const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
      const code = `${letters.slice(0, 4)}-${letters.slice(4)}`;
      const [now, secretHash] = [clock.now(), hashToken(secret)];
      const expiresAt = now + VALID_MS;
      const asked = { secretHash, name, address, askedAt: now, expiresAt };
      await store.addShortLived({ kind: 'terminal_code', id: idOf(code) }, JSON.stringify(asked), expiresAt);
      await store.addShortLived({ kind: 'terminal', id: secretHash }, JSON.stringify({ name }), expiresAt);
      const url = `${parts.externalUrl()}/sign-in/terminal?code=${code}`;
      return { code, secret, url, expiresAt, everyMs: EVERY_MS };
    },

    async claim(secret) {
      const key = { kind: 'terminal', id: hashToken(secret) } as const;
      const text = await store.readShortLived(key);
      if (text === undefined) return undefined;
      const { userId: id, name } = state.parse(JSON.parse(text));
      if (id === undefined) return { state: 'waiting' };
      // Of two who ask at once one gets the token.
      if ((await store.takeShortLived(key)) === undefined) return undefined;
      const known = await store.getUser(id as UserId);
      if (known === undefined || known.user.disabledAt !== undefined) return undefined;
      const now = clock.now();
      const token = randomToken(TOKEN_PREFIX);
      const made = await store.createToken({
        ...{ id: newId<ApiTokenId>(), hash: hashToken(token), userId: known.user.id, teamId: undefined },
        ...{ name: `pikoci login on ${name}`.slice(0, 100), role: 'admin', createdAt: now, expiresAt: now + TOKEN_MS },
      });
      return { state: 'done', name: known.user.name, id: made.id, token };
    },

    handlers: {
      async getTerminal({ params }) {
        const { name, address, askedAt, expiresAt } = (await find(params.code)).terminal;
        return { code: params.code, name, address, askedAt, expiresAt };
      },
      async confirmTerminal({ principal, params }) {
        const userId = byPerson(principal);
        const { terminal } = await find(params.code);
        // Good once, whoever has it.
        await store.takeShortLived({ kind: 'terminal_code', id: idOf(params.code) });
        const key = { kind: 'terminal', id: terminal.secretHash } as const;
        const from = JSON.stringify({ name: terminal.name });
        const to = JSON.stringify({ userId, name: terminal.name });
        if (!(await store.changeShortLived(key, from, to))) throw notFound('terminal that waits with this code');
        principal.about({ target: `terminal ${terminal.name} at ${terminal.address}` });
        return undefined;
      },
    },
  };
}

/** As a person writes it. */
const idOf = (code: string): string => hashToken(code.toUpperCase().replace(/[^A-Z]/g, ''));
