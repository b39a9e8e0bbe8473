/** What users grant, when it is due, and what a GitHub App may do. */
import { describe, expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import { createEmulator } from 'emulate';
import type { UserId } from '../../lib/ids.ts';
import { findFreePort } from '../../lib/system/free-port.ts';
import { some } from '../../store/contract/world.ts';
import { apiOf } from '../api-calls.fixture.ts';
import { startTestServer } from '../test-server.fixture.ts';

const HOUR = 3_600_000;

/** A forge whose tokens are good for an hour, and whose refresh tokens are good once. */
function startForge() {
  const asked: string[] = [];
  let number = 0;
  let answer: 'ok' | 'taken back' | 'down' = 'ok';
  const listening = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const form = new URLSearchParams(await request.text());
      const given = form.get('refresh_token') ?? '';
      if (answer === 'down') return new Response('', { status: 503 });
      const isGood = given === `refresh ${number}` && answer === 'ok';
      asked.push(given);
      if (!isGood) return Response.json({ error: 'bad_refresh_token' });
      number += 1;
      const tokens = { access_token: `access ${number}`, refresh_token: `refresh ${number}`, expires_in: 3_600 };
      return Response.json({ ...tokens, token_type: 'bearer', scope: '' });
    },
  });
  return {
    url: `http://127.0.0.1:${listening.port}`,
    asked,
    say: (next: typeof answer) => {
      answer = next;
    },
    stop: () => listening.stop(true),
  };
}

describe('a grant that is due', () => {
  async function start() {
    let now = 1_000_000 * HOUR;
    const forge = startForge();
    const clock = { now: () => now };
    const world = await startTestServer({}, {}, ':memory:', { clock });
    const beside = await startTestServer({}, {}, ':memory:', { clock, beside: world });
    await apiOf(world).call(
      'setProvider',
      { provider: 'github' },
      {
        body: { kind: 'github', url: forge.url, apiUrl: forge.url, clientId: 'x', clientSecret: 'y' },
      },
    );
    const { id } = await world.store.createUser({ name: 'ada', now });
    const scopes = ['repo'];
    const grant = { accessToken: 'access 0', refreshToken: 'refresh 0', expiresInMs: HOUR, scopes };
    await world.server.forges.keep(id as UserId, 'github', grant);
    return {
      ...{ forge, world, beside, id },
      forward: (ms: number) => {
        now += ms;
      },
      async [Symbol.asyncDispose]() {
        await beside[Symbol.asyncDispose]();
        await world[Symbol.asyncDispose]();
        await forge.stop();
      },
    };
  }

  test('is refreshed before it ends, once, on whichever server, and keeps its scopes', async () => {
    await using all = await start();
    const { id } = all;
    const ask = (world = all.world) => world.server.forges.forUser(id, 'github');
    expect(await ask()).toEqual({ token: 'access 0', scopes: ['repo'] });
    all.forward(HOUR - 60_000);
    const both = await Promise.all([ask(), ask(), ask(all.beside), ask(all.beside)]);
    for (const one of both) expect(one).toEqual({ token: 'access 1', scopes: ['repo'] });
    expect(all.forge.asked).toEqual(['refresh 0']);
    all.forward(2 * HOUR);
    expect((await ask())?.token).toBe('access 2');
    expect(all.forge.asked).toEqual(['refresh 0', 'refresh 1']);
  });

  test('that was taken back is forgotten; a forge that is down is no reason to', async () => {
    await using all = await start();
    const ask = () => all.world.server.forges.forUser(all.id, 'github');
    all.forward(2 * HOUR);
    all.forge.say('down');
    await expect(ask()).rejects.toMatchObject({ code: 'sign_in.bad_answer' });
    expect(await all.world.store.findGrant(all.id, 'github')).toBeDefined();
    all.forge.say('taken back');
    expect(await ask()).toBeUndefined();
    expect(await all.world.store.findGrant(all.id, 'github')).toBeUndefined();
  });

  test('without a refresh token is over', async () => {
    await using all = await start();
    const grant = { accessToken: 'a', refreshToken: undefined, expiresInMs: HOUR, scopes: [] };
    await all.world.server.forges.keep(all.id, 'github', grant);
    all.forward(HOUR);
    expect(await all.world.server.forges.forUser(all.id, 'github')).toBeUndefined();
  });
});

test('a GitHub App has a token for where it is installed, and check says whether its key is right', async () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    ...{ modulusLength: 2_048, publicKeyEncoding: { type: 'spki', format: 'pem' } },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const github = await createEmulator({
    service: 'github',
    port: await findFreePort(),
    seed: {
      github: {
        users: [{ login: 'octocat' }, { login: 'other' }],
        repos: [
          { owner: 'octocat', name: 'hello', private: true },
          { owner: 'other', name: 'hello' },
        ],
        apps: [
          {
            ...{
              app_id: 77,
              slug: 'pikoci',
              name: 'pikoci',
              private_key: privateKey,
              permissions: { contents: 'read' },
            },
            installations: [
              {
                installation_id: 5,
                account: 'octocat',
                repository_selection: 'all',
                permissions: { contents: 'read' },
              },
            ],
          },
        ],
      },
    },
  });
  await using world = await startTestServer({});
  const set = (appPrivateKey: string) =>
    apiOf(world).call(
      'setProvider',
      { provider: 'github' },
      {
        body: {
          ...{ kind: 'github', url: github.url, apiUrl: github.url, clientId: 'x', clientSecret: 'y' },
          ...{ app: { id: '77', slug: 'pikoci' }, appPrivateKey },
        },
      },
    );
  await set(privateKey);
  const { forges } = world.server;
  const given = some(await forges.forRepository('github', 'octocat/hello', 'clone'));
  expect(given.token).toStartWith('ghs_');
  expect(await forges.forRepository('github', 'Octocat/Hello', 'clone')).toEqual(given);
  expect(await forges.forRepository('github', 'other/hello', 'clone')).toBeUndefined();
  const check = () => apiOf(world).call('checkProvider', { provider: 'github' });
  expect(await check()).toMatchObject({ ok: true, message: expect.stringContaining('the app pikoci is known') });
  const view = await apiOf(world).ask('GET', '/providers/github');
  expect(view.body).toMatchObject({ hasAppPrivateKey: true, settings: { app: { id: '77' } } });
  expect(JSON.stringify(view.body)).not.toContain('PRIVATE KEY');
  await set('no key at all');
  expect(await check()).toMatchObject({ ok: false, message: expect.stringContaining('not a key in PEM') });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
  await set(stranger.export({ type: 'pkcs8', format: 'pem' }) as string);
  expect(await check()).toMatchObject({ ok: false, message: expect.stringContaining('key of the app') });
  await github.close();
});
