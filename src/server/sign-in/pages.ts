/** The addresses that a browser goes through when somebody signs in elsewhere. */
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { CodedError } from '../../lib/coded-error.ts';
import type { UserId } from '../../lib/ids.ts';
import { ownPath } from '../../lib/own-path.ts';
import { askTerminalRequest, claimTerminalRequest, repositoryAccess } from '../../protocol/sign-in.ts';
import type { AttemptLimit } from '../auth/attempt-limit.ts';
import { type Authentication, isBehindTls } from '../auth/authenticate.ts';
import type { RequestOrigin } from '../http/app.ts';
import { ATTEMPT_MS } from './attempts.ts';
import type { Links } from './links.ts';
import type { SignIn } from './sign-in.ts';
import type { Terminals } from './terminals.ts';

export interface SignInPages {
  bind(app: Hono<{ Bindings: RequestOrigin }>): void;
}

export interface SignInPagesParts {
  readonly signIn: SignIn;
  readonly terminals: Terminals;
  readonly links: Links;
  readonly authentication: Authentication;
  readonly limit: AttemptLimit;
  /** Of asking to be signed in, which is no attempt to guess. */
  readonly terminalLimit: AttemptLimit;
  readonly cookieName: string;
  readonly externalUrl: () => string;
  readonly onSignIn: (name: string, how: string, address: string) => Promise<void>;
}

export function createSignInPages(parts: SignInPagesParts): SignInPages {
  const { signIn, links, terminals, authentication, limit } = parts;
  const cookieName = `${parts.cookieName}_to`;

  /** Only browsers come here: whoever is signed in in this one. */
  async function userHere(context: Context, address: string): Promise<UserId | undefined> {
    const principal = await authentication.identify(context, address);
    return principal.session === undefined ? undefined : principal.userId;
  }

  async function start(context: Context, address: string): Promise<Response> {
    context.header('cache-control', 'no-store');
    context.header('referrer-policy', 'no-referrer');
    const elsewhere = onOwnAddress(context, parts.externalUrl());
    if (elsewhere !== undefined) return context.redirect(elsewhere);
    const { link, next, access } = context.req.query();
    const linked = link === undefined ? undefined : await links.take(link);
    if (link !== undefined && (linked === undefined || linked.userId !== (await userHere(context, address)))) {
      throw new CodedError(
        'sign_in.state',
        'this way to link an account was used before, is too old, or is of somebody else',
        {
          hint: 'begin again on your profile page',
        },
      );
    }
    const { url, browser } = await signIn.begin({
      provider: context.req.param('provider') ?? '',
      access: repositoryAccess.safeParse(access).data,
      next: ownPath(linked?.next ?? next),
      linkTo: linked?.userId,
      browser: getCookie(context, cookieName),
    });
    setCookie(context, cookieName, browser, {
      ...{ httpOnly: true, sameSite: 'Lax', secure: isBehindTls(context), path: '/auth/', maxAge: ATTEMPT_MS / 1_000 },
    });
    return context.redirect(url.href);
  }

  async function callback(context: Context, address: string): Promise<Response> {
    context.header('cache-control', 'no-store');
    context.header('referrer-policy', 'no-referrer');
    limit.check(address);
    const userId = await userHere(context, address);
    const query = new URL(context.req.url).searchParams;
    try {
      const back = { provider: context.req.param('provider') ?? '', query, userId, address };
      const done = await signIn.finish({ ...back, browser: getCookie(context, cookieName) });
      if (!done.linked) await authentication.begin(context, done.user, done.how, address);
      return context.redirect(done.next);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'sign_in.state') {
        // The way back was opened again (a page that was reloaded) by whom it signed in.
        if (userId !== undefined && !query.has('error')) return context.redirect('/');
        limit.failed(address);
      }
      throw error;
    }
  }

  async function askTerminal(context: Context, address: string): Promise<Response> {
    const sent = askTerminalRequest.safeParse(await jsonOf(context));
    if (!sent.success) throw new CodedError('api.bad_request', 'the body is {"name": …}, in JSON');
    // Each is a row: whoever asks for many is slowed down.
    parts.terminalLimit.check(address);
    parts.terminalLimit.failed(address);
    context.header('cache-control', 'no-store');
    return context.json(await terminals.ask(sent.data.name, address), 201);
  }

  async function claimTerminal(context: Context, address: string): Promise<Response> {
    const sent = claimTerminalRequest.safeParse(await jsonOf(context));
    if (!sent.success) throw new CodedError('api.bad_request', 'the body is {"secret": …}, in JSON');
    limit.check(address);
    context.header('cache-control', 'no-store');
    const claimed = await terminals.claim(sent.data.secret);
    if (claimed === undefined) {
      limit.failed(address);
      throw new CodedError('sign_in.state', 'this terminal was signed in before, or has waited for too long', {
        hint: 'run pikoci login again',
      });
    }
    if (claimed.state === 'done') await parts.onSignIn(claimed.name, 'a terminal', address);
    return context.json(claimed);
  }

  return {
    bind(app) {
      app.get('/auth/start/:provider', (context) => start(context, context.env?.remoteAddress ?? 'unknown'));
      app.get('/auth/callback/:provider', (context) => callback(context, context.env?.remoteAddress ?? 'unknown'));
      const small = bodyLimit({ maxSize: 4_096 });
      app.post('/auth/terminal', small, (context) => askTerminal(context, context.env?.remoteAddress ?? 'unknown'));
      app.post('/auth/terminal/token', small, (context) =>
        claimTerminal(context, context.env?.remoteAddress ?? 'unknown'),
      );
    },
  };
}

/**
 * The provider sends people back to the server's own address, and cookies of another one (localhost and 127.0.0.1 are two) are not there then. `here`: it was
 * tried, and whoever is in front of us says another host all the same.
 */
function onOwnAddress(context: Context, externalUrl: string): string | undefined {
  const asked = new URL(context.req.url);
  const own = new URL(externalUrl);
  if (asked.host === own.host || asked.searchParams.has('here')) return undefined;
  asked.searchParams.set('here', '1');
  return `${externalUrl}${asked.pathname}${asked.search}`;
}

/** A form of another site cannot send JSON without asking first. */
async function jsonOf({ req }: Context): Promise<unknown> {
  if (!/^application\/json\b/i.test(req.header('content-type') ?? '')) return undefined;
  return req.json().catch(() => undefined);
}
