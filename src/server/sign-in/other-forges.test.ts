/** GitLab and Gitea, played by what their documentation says they answer: no server of theirs is at hand here. */
import { expect, test } from 'bun:test';
import { some } from '../../store/contract/world.ts';
import { apiOf } from '../api-calls.fixture.ts';
import { startTestServer } from '../test-server.fixture.ts';
import { TestBrowser } from './browser.fixture.ts';

type Answers = Readonly<Record<string, unknown>>;

/** Sends the browser back with a code, trades it for a token, and answers what stands in `answers`. */
async function startForge(kind: 'gitlab' | 'gitea', answers: Answers, settings: object = {}) {
  const seen: string[] = [];
  let challenge = '';
  const listening = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const url = new URL(request.url);
      seen.push(`${request.method} ${url.pathname}`);
      if (url.pathname.endsWith('/authorize')) {
        challenge = url.searchParams.get('code_challenge') ?? '';
        seen.push(url.searchParams.get('scope') ?? '');
        const back = new URL(url.searchParams.get('redirect_uri') ?? '');
        back.searchParams.set('code', 'a code');
        back.searchParams.set('state', url.searchParams.get('state') ?? '');
        return Response.redirect(back.href);
      }
      if (request.method === 'POST') {
        const form = new URLSearchParams(await request.text());
        if (form.get('client_secret') !== 'right') return Response.json({ error: 'invalid_client' }, { status: 401 });
        const digest = new Bun.CryptoHasher('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
        if (digest !== challenge) return Response.json({ error: 'invalid_grant' }, { status: 400 });
        const tokens = { access_token: 'at', refresh_token: 'rt', expires_in: 7_200 };
        return Response.json({ ...tokens, token_type: 'Bearer', scope: 'api read_user' });
      }
      const isMine = request.headers.get('authorization') === 'Bearer at';
      const answer = answers[url.pathname];
      if (!isMine || answer === undefined) return new Response('', { status: isMine ? 404 : 401 });
      return Response.json(answer);
    },
  });
  const world = await startTestServer({});
  const set = (clientSecret: string) =>
    apiOf(world).call(
      'setProvider',
      { provider: kind },
      {
        body: { kind, url: `http://127.0.0.1:${listening.port}`, clientId: 'x', clientSecret, ...settings },
      },
    );
  await set('right');
  const browser = new TestBrowser(world);
  return {
    ...{ world, browser, seen, set },
    signIn: (query = '') => browser.get(`http://ci.test/auth/start/${kind}${query}`),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await listening.stop(true);
    },
  };
}

test('with GitLab: groups, a confirmed address, and a grant that has an end', async () => {
  const user = { id: 5, username: 'ada', name: 'Ada', email: 'ada@corp.test', confirmed_at: '2024-01-01T00:00:00Z' };
  const answers = { '/api/v4/user': user, '/oauth/userinfo': { sub: '5', groups: ['corp', 'corp/builders'] } };
  const settings = {
    allow: { groups: ['corp/builders'] },
    rules: [{ domain: 'corp.test', team: 'main', role: 'write' }],
  };
  await using all = await startForge('gitlab', answers, settings);
  expect((await all.signIn()).url.href).toBe('http://ci.test/');
  expect(await all.browser.session()).toMatchObject({ name: 'ada', teams: [{ team: 'main', role: 'write' }] });
  expect(all.seen).toContain('read_user openid api');
  const { id } = some(await all.world.store.findUser('ada'));
  expect((await all.world.server.forges.forUser(id, 'gitlab'))?.scopes).toEqual(['api', 'read_user']);
  expect((await all.world.store.findGrant(id, 'gitlab'))?.expiresAt).toBeGreaterThan(Date.now());
  await all.signIn('?access=none');
  expect(await all.world.server.forges.forUser(id, 'gitlab')).toBeUndefined();
  const check = () => apiOf(all.world).call('checkProvider', { provider: 'gitlab' });
  expect(await check()).toMatchObject({ ok: true });
  await all.set('wrong');
  expect(await check()).toMatchObject({ ok: false, message: expect.stringContaining('client id or secret') });
  expect((await all.signIn()).status).toBe(502);
});

test('with GitLab: an address that is not confirmed is none', async () => {
  const user = { id: 5, username: 'ada', name: 'Ada', email: 'ada@corp.test', confirmed_at: null };
  const answers = { '/api/v4/user': user, '/oauth/userinfo': { sub: '5' } };
  await using all = await startForge('gitlab', answers, { allow: { domains: ['corp.test'] } });
  expect((await all.signIn()).status).toBe(403);
});

test('with Gitea: organisations and teams, and verified addresses', async () => {
  const answers = {
    '/api/v1/user': { id: 7, login: 'ada', full_name: '' },
    '/api/v1/user/emails': [
      { email: 'other@corp.test', primary: false, verified: true },
      { email: 'ada@corp.test', primary: true, verified: true },
      { email: 'boss@corp.test', primary: false, verified: false },
    ],
    '/api/v1/user/orgs': [{ username: 'corp' }],
    '/api/v1/user/teams': [{ name: 'builders', organization: { username: 'corp' } }],
  };
  const rules = [{ group: 'corp/builders', team: 'main', role: 'maintain' }];
  await using all = await startForge('gitea', answers, { allow: { groups: ['corp'] }, rules });
  await all.signIn();
  expect(await all.browser.session()).toMatchObject({ name: 'ada', teams: [{ team: 'main', role: 'maintain' }] });
  expect(some(await all.world.store.findUser('ada')).email).toBe('ada@corp.test');
  expect(all.seen).toContain('read:user read:organization write:repository');
});

test('a forge that answers something else is not believed', async () => {
  await using all = await startForge('gitea', { '/api/v1/user': { login: 'ada' } });
  expect(await all.signIn()).toMatchObject({ status: 502, text: expect.stringContaining('cannot be trusted') });
  expect(await all.world.store.findUser('ada')).toBeUndefined();
});
