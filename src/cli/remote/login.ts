/** `pikoci login`: signs the command line in to a server, with a token that only this account can read. */
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { readProblem } from '../../client/api-error.ts';
import { createClient } from '../../client/client.ts';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { findLogin, forgetLogin, keepLogin, loginsDir } from '../../lib/system/kept-logins.ts';
import type { SessionView } from '../../protocol/api.ts';
import type { CommandContext } from '../context.ts';
import { checkUrl } from './connection.ts';
import { loginByBrowser } from './login-by-browser.ts';
import { readValue } from './read-value.ts';
import { oneLine } from './table.ts';

interface LoginOptions {
  readonly url?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly token?: boolean;
  readonly browser?: boolean;
  readonly json?: boolean;
}

/** A token that nobody uses any more is not good for ever. */
const VALID_S = 90 * 86_400;

export function addLogin(parent: Command, context: CommandContext): void {
  const login = parent
    .command('login')
    .description('Sign the command line in to a server, for 90 days.')
    .option('--url <url>', 'the server (PIKOCI_URL)')
    .option('--user <name>', 'who you are; asked for')
    .option('--password-file <file>', 'your password; otherwise it is read from standard input, or asked for')
    .option('--token', 'keep a token that you have (made on a page, or by pikoci tokens create), read in the same way')
    .option('--browser', 'sign in on a page, in any browser: where you have no password here')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  pikoci login --url https://ci.example.com --user ada');
  login.action(async () => {
    const options = login.opts<LoginOptions>();
    const url = serverUrl(options, context);
    const who = await signInAs(url, options, context);
    context.stdout.write(
      options.json === true ? `${JSON.stringify({ url, ...who })}\n` : `signed in to ${url} as ${oneLine(who.name)}\n`,
    );
  });

  const logout = parent
    .command('logout')
    .description('Forget the sign-in of pikoci login, and end its token.')
    .option('--url <url>', 'the server (PIKOCI_URL)');
  logout.action(async () => {
    const url = serverUrl(logout.opts<LoginOptions>(), context);
    const directory = loginsDir(context.env, context.cwd);
    const kept = await findLogin(directory, url);
    if (kept === undefined) throw new CodedError('usage.not_signed_in', `you are not signed in to ${url}`);
    // It is forgotten here whether the server hears of it or not.
    await forgetLogin(directory, url);
    try {
      const client = createClient({ baseUrl: url, token: kept.token });
      if (kept.tokenId !== '') await client.call('revokeOwnToken', { params: { token: kept.tokenId } });
    } catch (error) {
      context.stderr.write(`pikoci: the token could not be ended on the server: ${errorText(error)}\n`);
    }
    context.stdout.write(`signed out of ${url}\n`);
  });
}

function serverUrl(options: LoginOptions, context: CommandContext): string {
  const url = options.url ?? context.env.PIKOCI_URL;
  if (url === undefined || url === '') {
    throw new CodedError('usage.missing', 'which server?', { hint: 'give --url https://ci.example.com' });
  }
  checkUrl(url);
  return url.replace(/\/+$/, '');
}

async function signInAs(url: string, options: LoginOptions, context: CommandContext): Promise<{ name: string }> {
  if (options.token === true) return byToken(url, options, context);
  if (options.browser === true || (options.user === undefined && (await hasProviders(url)))) {
    const made = await loginByBrowser(url, context);
    await keep(url, made, made, context);
    return { name: made.name };
  }
  return byPassword(url, options, context);
}

/** Where most people have no password. A server that cannot be asked is one that will say so itself. */
async function hasProviders(url: string): Promise<boolean> {
  const choices = await createClient({ baseUrl: url })
    .call('listSignInChoices')
    .catch(() => []);
  return choices.length > 0;
}

async function byToken(url: string, options: LoginOptions, context: CommandContext): Promise<{ name: string }> {
  const token = await readValue({
    what: 'the token',
    question: 'token: ',
    file: options.passwordFile,
    whenEmpty: 'give it by a pipe, or with --password-file FILE',
    context,
  });
  const session = await createClient({ baseUrl: url, token: token.trim() }).call('session');
  await keep(url, session, { token: token.trim(), id: '' }, context);
  return { name: session.name };
}

async function byPassword(url: string, options: LoginOptions, context: CommandContext): Promise<{ name: string }> {
  const name = options.user ?? (await context.ask?.('user: ')) ?? '';
  if (name === '') throw new CodedError('usage.missing', 'who are you?', { hint: 'give --user NAME' });
  const password = await readValue({
    what: `the password of ${name}`,
    question: `password of ${name}: `,
    file: options.passwordFile,
    whenEmpty: 'without a password: pikoci login --token, with a token made on a page',
    context,
  });
  const cookie = await signIn(url, name, password);
  // As a browser does it: the session makes the token, and ends.
  const client = createClient({
    baseUrl: url,
    fetch: (request) => {
      request.headers.set('cookie', cookie);
      return fetch(request);
    },
  });
  const made = await client.call('createToken', {
    body: { name: `pikoci login on ${hostname()}`.slice(0, 100), expiresIn: VALID_S },
  });
  const session = await client.call('session');
  await client.call('endSession');
  await keep(url, session, made, context);
  return { name: session.name };
}

async function signIn(url: string, name: string, password: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(`${url}/auth/password`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password }),
      redirect: 'error',
    });
  } catch (cause) {
    throw new CodedError('client.unreachable', `no server answers at ${url}: ${errorText(cause)}`, {
      hint: 'is the address right, and does the server run?',
      cause,
    });
  }
  if (!response.ok) throw await readProblem(response);
  const cookie = response.headers.get('set-cookie')?.split(';')[0];
  if (cookie !== undefined) return cookie;
  throw new CodedError('client.not_pikoci', `${url} answered without a session`, {
    hint: 'is there a proxy in between that takes cookies away?',
  });
}

async function keep(
  url: string,
  session: Pick<SessionView, 'name'>,
  made: { readonly token: string; readonly id: string },
  context: CommandContext,
): Promise<void> {
  const kept = { url, name: session.name, token: made.token, tokenId: made.id };
  await keepLogin(loginsDir(context.env, context.cwd), kept);
}
