/** A server whose provider of sign-in is oidc-provider: a real one, with discovery, PKCE and nonce, on loopback. */
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { findFreePort } from '../../lib/system/free-port.ts';
import { apiOf } from '../api-calls.fixture.ts';
import { startTestServer } from '../test-server.fixture.ts';
import { type Page, TestBrowser } from './browser.fixture.ts';

export const OIDC_CALLBACK = 'http://ci.test/auth/callback/corp';

/** What each says of who signs in. */
type Claims = (login: string) => Readonly<Record<string, unknown>>;

export async function startOidc(claims: Claims, configuration: Readonly<Record<string, unknown>> = {}) {
  const port = await findFreePort();
  const issuer = `http://127.0.0.1:${port}`;
  const warn = console.warn;
  console.warn = () => undefined;
  const provider = new Provider(issuer, {
    clients: [
      {
        ...{ client_id: 'pikoci', client_secret: 'the right one', redirect_uris: [OIDC_CALLBACK] },
        ...{ grant_types: ['authorization_code'], response_types: ['code'] },
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'], email: ['email', 'email_verified'] },
    pkce: { required: () => true },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, ...claims(id) }),
    }),
    cookies: { keys: ['a test'] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    ...configuration,
  });
  console.warn = warn;
  const listening = createServer(provider.callback());
  await new Promise<void>((resolve) => listening.listen(port, '127.0.0.1', resolve));
  return {
    issuer,
    async close() {
      listening.closeAllConnections();
      await new Promise((resolve) => listening.close(resolve));
    },
  };
}

export async function startOidcWorld(claims: Claims = () => ({}), settings: Readonly<Record<string, unknown>> = {}) {
  const oidc = await startOidc(claims);
  const world = await startTestServer({}, { providerTimeoutMs: 5_000 });
  const set = (more: Readonly<Record<string, unknown>> = {}) =>
    apiOf(world).call(
      'setProvider',
      { provider: 'corp' },
      {
        body: {
          ...{ kind: 'oidc', label: 'Corp', url: oidc.issuer, clientId: 'pikoci', clientSecret: 'the right one' },
          ...settings,
          ...more,
        } as never,
      },
    );
  await set();
  return {
    oidc,
    world,
    set,
    browser: () => new TestBrowser(world),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await oidc.close();
    },
  };
}

/** What somebody does on its pages: says who they are, and agrees. */
export async function signInAtOidc(browser: TestBrowser, login: string, query = ''): Promise<Page> {
  let page = await browser.get(`http://ci.test/auth/start/corp${query}`);
  for (let forms = 0; page.url.pathname.startsWith('/interaction/') && forms < 3; forms++) {
    const prompt = /name="prompt" value="(\w+)"/.exec(page.text)?.[1] ?? '';
    page = await browser.post(page.url, { prompt, login, password: 'any' });
  }
  return page;
}
