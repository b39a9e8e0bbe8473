import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { CodedError } from '../../lib/coded-error.ts';
import type { AttemptLimit } from './attempt-limit.ts';
import type { BearerTokens } from './bearer-tokens.ts';
import type { OneTimeLinks } from './one-time-links.ts';
import type { Principal } from './principal.ts';
import type { Sessions } from './sessions.ts';
import { hashToken } from './token-hash.ts';

export interface Authentication {
  /** Who asks, by bearer token or session. Throws `auth.required`, `auth.csrf`, `auth.rate_limited`. */
  identify(context: Context, address: string): Promise<Principal>;
  /** Signs a browser in by a one-time link. */
  signInOnce(context: Context, address: string): Promise<Response>;
  /** Signs the browser out. */
  signOut(context: Context, principal: Principal): void;
}

export interface AuthenticationParts {
  readonly tokens: BearerTokens;
  readonly sessions: Sessions;
  readonly links: OneTimeLinks;
  readonly limit: AttemptLimit;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function createAuthentication({ tokens, sessions, links, limit }: AuthenticationParts): Authentication {
  async function sessionOf(context: Context): Promise<Principal | undefined> {
    const cookie = getCookie(context, sessions.cookieName);
    return cookie === undefined ? undefined : await sessions.read(cookie);
  }

  function bearer(header: string, address: string): Principal {
    const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
    const principal = token === undefined ? undefined : tokens.find(token);
    if (principal !== undefined) return principal;
    // Only after looking: a guesser slows down himself, not the others behind the same address.
    limit.check(address);
    limit.failed(address);
    throw new CodedError('auth.required', 'the token is not one that this server knows', {
      hint: 'it may have expired, or be for another server; see --url',
    });
  }

  return {
    async identify(context, address) {
      const header = context.req.header('authorization');
      if (header !== undefined) return bearer(header, address);
      const principal = await sessionOf(context);
      if (principal === undefined) {
        throw new CodedError('auth.required', 'this needs a session or a token', {
          hint: 'open the one-time link that the server printed when it started, or send a bearer token',
        });
      }
      const sent = context.req.header('pikoci-csrf') ?? '';
      // Compared as hashes: their time tells nothing about the token.
      if (!SAFE_METHODS.has(context.req.method) && hashToken(sent) !== hashToken(principal.csrf ?? '')) {
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
      const principal = links.redeem(context.req.query('token') ?? '');
      const next = ownPath(context.req.query('next'));
      if (principal === undefined) {
        // The link was followed before, by this very browser: it is signed in, so nothing is wrong.
        if ((await sessionOf(context)) !== undefined) return context.redirect(next);
        limit.check(address);
        limit.failed(address);
        throw new CodedError('auth.required', 'this link has been used, has expired, or is of an earlier start', {
          hint: 'restart the server: it prints a new one',
        });
      }
      setCookie(context, sessions.cookieName, await sessions.begin(principal), {
        httpOnly: true,
        sameSite: 'Lax',
        secure: new URL(context.req.url).protocol === 'https:' || context.req.header('x-forwarded-proto') === 'https',
        path: '/',
        maxAge: Math.floor(sessions.validMs / 1_000),
      });
      return context.redirect(next);
    },

    signOut(context, principal) {
      if (principal.session !== undefined) sessions.end(principal.session);
      deleteCookie(context, sessions.cookieName, { path: '/' });
    },
  };
}

/** A path of this server to go on to; anything that could lead elsewhere becomes the front page. */
export function ownPath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])/.test(next) || /[\\\s]/.test(next)) return '/';
  return next;
}
