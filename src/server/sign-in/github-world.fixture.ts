/** A server with GitHub, emulated, as its provider of sign-in. */
import { createEmulator } from 'emulate';
import { findFreePort } from '../../lib/system/free-port.ts';
import { apiOf } from '../api-calls.fixture.ts';
import { startTestServer, type TestServerOptions } from '../test-server.fixture.ts';
import { type Page, TestBrowser } from './browser.fixture.ts';

export const CALLBACK = 'http://ci.test/auth/callback/github';

export async function startGithub() {
  return createEmulator({
    service: 'github',
    port: await findFreePort(),
    seed: {
      github: {
        users: [
          { login: 'octocat', name: 'The Octocat', email: 'octocat@example.com' },
          { login: 'mallory', email: 'mallory@elsewhere.test' },
        ],
        orgs: [{ login: 'acme', members: [{ login: 'octocat' }] }],
        repos: [{ owner: 'octocat', name: 'hello', private: true, auto_init: true }],
        oauth_apps: [
          { client_id: 'Iv1.pikoci', client_secret: 'the right one', name: 'pikoci', redirect_uris: [CALLBACK] },
        ],
      },
    },
  });
}

export async function startGithubWorld(
  settings: Readonly<Record<string, unknown>> = {},
  options: TestServerOptions = {},
) {
  const github = await startGithub();
  const world = await startTestServer({}, { providerTimeoutMs: 5_000 }, ':memory:', options);
  const set = (more: Readonly<Record<string, unknown>> = {}) =>
    apiOf(world).call(
      'setProvider',
      { provider: 'github' },
      {
        body: {
          ...{
            kind: 'github',
            url: github.url,
            apiUrl: github.url,
            clientId: 'Iv1.pikoci',
            clientSecret: 'the right one',
          },
          ...settings,
          ...more,
        } as never,
      },
    );
  await set();
  return {
    github,
    world,
    set,
    browser: () => new TestBrowser(world),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await github.close();
    },
  };
}

/** What somebody does on GitHub's page: says who they are, and agrees. */
export async function agree(browser: TestBrowser, page: Page, login: string): Promise<Page> {
  const asked = Object.fromEntries(page.url.searchParams);
  const form = { login, redirect_uri: asked.redirect_uri ?? '', scope: asked.scope ?? '', state: asked.state ?? '' };
  return browser.post(new URL('/login/oauth/callback', page.url), { ...form, client_id: asked.client_id ?? '' });
}

export async function signIn(browser: TestBrowser, login: string, query = ''): Promise<Page> {
  return agree(browser, await browser.get(`http://ci.test/auth/start/github${query}`), login);
}
