import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { UserId } from '../../lib/ids.ts';
import { ownPath } from '../../lib/own-path.ts';
import type { AttemptLimit } from './attempt-limit.ts';
import type { BearerTokens } from './bearer-tokens.ts';
import type { OneTimeLinks } from './one-time-links.ts';
import type { Passwords } from './passwords.ts';
import { ANONYMOUS, type Principal } from './principal.ts';
import type { Sessions } from './sessions.ts';
import { hashToken } from './token-hash.ts';

export interface Authentication {
  /** Who asks, by bearer token or session, or nobody who is known. Throws `auth.required` (a token or session that is not good), `auth.csrf`, `auth.rate_limited`. */
  identify(context: Context, address: string): Promise<Principal>;
  /** Signs a browser in by a one-time link. */
  signInOnce(context: Context, address: string): Promise<Response>;
  /** Signs a browser in by name and password. */
  signInByPassword(context: Context, address: string): Promise<Response>;
  /** Signs a browser in as whoever proved elsewhere who they are. */
  begin(
    context: Context,
    user: { readonly id: UserId; readonly name: string },
    how: string,
    address: string,
  ): Promise<void>;
  /** Signs the browser out. */
  signOut(context: Context, principal: Principal): Promise<void>;
}

export interface AuthenticationParts {
  readonly tokens: BearerTokens;
  readonly sessions: Sessions;
  readonly links: OneTimeLinks;
  readonly passwords: Passwords;
  readonly limit: AttemptLimit;
  /** Told of each who signed in, and how. */
  readonly onSignIn: (name: string, how: string, address: string) => Promise<void>;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

const nameAndPassword = z.object({ name: z.string().min(1).max(255), password: z.string().min(1).max(1_000) });

export function createAuthentication(parts: AuthenticationParts): Authentication {
  const { tokens, sessions, links, limit } = parts;

  async function sessionOf(context: Context): Promise<Principal | undefined> {
    const cookie = getCookie(context, sessions.cookieName);
    return cookie === undefined ? undefined : await sessions.read(cookie);
  }

  /** Slows down whoever guesses; nobody who knows his token or password is slowed by himself. */
  function refused(address: string, error: CodedError): CodedError {
    limit.check(address);
    limit.failed(address);
    return error;
  }

  async function bearer(header: string, address: string): Promise<Principal> {
    const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
    const principal = token === undefined ? undefined : await tokens.find(token);
    if (principal !== undefined) return principal;
    throw refused(
      address,
      new CodedError('auth.required', 'the token is not one that this server knows', {
        hint: 'it may have expired or been revoked, or be for another server; see --url',
      }),
    );
  }

  async function begin(context: Context, user: { id: UserId; name: string }, how: string, address: string) {
    const agent = context.req.header('user-agent') ?? '';
    setCookie(context, sessions.cookieName, await sessions.begin(user.id, { address, agent }), {
      httpOnly: true,
      sameSite: 'Lax',
      secure: isBehindTls(context),
      path: '/',
      maxAge: Math.floor(sessions.validMs / 1_000),
    });
    await parts.onSignIn(user.name, how, address);
  }

  return {
    begin,

    async identify(context, address) {
      const header = context.req.header('authorization');
      if (header !== undefined) return bearer(header, address);
      const principal = (await sessionOf(context)) ?? ANONYMOUS;
      const sent = context.req.header('pikoci-csrf') ?? '';
      // Compared as hashes: their time tells nothing about the token.
      const isForeign = principal.session !== undefined && hashToken(sent) !== hashToken(principal.session.csrf);
      if (isForeign && !SAFE_METHODS.has(context.req.method)) {
        throw new CodedError('auth.csrf', 'the request does not carry the token of its session', {
          hint: 'send the csrf value of GET /api/v1/session in the header Pikoci-Csrf',
        });
      }
      return principal;
    },

    async signInOnce(context, address) {
      context.header('cache-control', 'no-store');
      context.header('referrer-policy', 'no-referrer');
      // What only looks whether the address is there (chat programs, checks of links) must not use it up.
      if (context.req.method === 'HEAD') return context.body(null);
      const user = await links.redeem(context.req.query('token') ?? '');
      const next = ownPath(context.req.query('next'));
      if (user === undefined) {
        // The link was followed before, by this very browser: it is signed in, so nothing is wrong.
        if ((await sessionOf(context)) !== undefined) return context.redirect(next);
        throw refused(
          address,
          new CodedError('auth.required', 'this link has been used, has expired, or is of an earlier start', {
            hint: 'restart the server: it prints a new one',
          }),
        );
      }
      await begin(context, user, 'a one-time link', address);
      return context.redirect(next);
    },

    async signInByPassword(context, address) {
      context.header('cache-control', 'no-store');
      // A form of another site cannot send JSON without asking first.
      if (!/^application\/json\b/i.test(context.req.header('content-type') ?? '')) {
        throw new CodedError('api.bad_request', 'name and password are sent as JSON');
      }
      const sent = nameAndPassword.safeParse(await context.req.json().catch(() => undefined));
      if (!sent.success) throw new CodedError('api.bad_request', 'the body is {"name": …, "password": …}');
      // Before looking: each look is work.
      limit.check(address);
      const user = await parts.passwords.check(sent.data.name, sent.data.password);
      if (user === undefined) {
        limit.failed(address);
        throw new CodedError('auth.bad_credentials', 'name and password do not belong together', {
          hint: 'an administrator can set another password: pikoci users password NAME',
        });
      }
      await begin(context, user, 'a password', address);
      return context.json({ name: user.name });
    },

    async signOut(context, principal) {
      await sessions.end(principal);
      deleteCookie(context, sessions.cookieName, { path: '/' });
    },
  };
}

/** A cookie is sent over TLS alone, where there is any. */
export const isBehindTls = ({ req }: Context): boolean =>
  new URL(req.url).protocol === 'https:' || req.header('x-forwarded-proto') === 'https';
