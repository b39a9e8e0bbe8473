import { expect, test } from 'bun:test';
import { ownPath } from '../../lib/own-path.ts';
import type { RouteDefinition } from '../../protocol/route.ts';
import { API_BASE, type RouteName, routes } from '../../protocol/routes.ts';
import { job, model, task } from '../../store/contract/world.ts';
import { ROUTE_ROLES } from '../auth/route-roles.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

const pipelines = { manual: model([], [job('manual', [task('1')])]) };
const bundle = { bundle: { main: 'p', files: { p: 'manual' } }, variables: {} };

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const ask = (world: TestServer, path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Response> =>
  world.fetch(new Request(`http://ci.test${path}`, { method, headers, ...(body !== undefined && { body }) }));

const bearer = (world: TestServer): Record<string, string> => ({ authorization: `Bearer ${world.token}` });

test('every route has a role, and answers nobody without one', async () => {
  await using world = await startTestServer(pipelines);
  expect(Object.keys(ROUTE_ROLES).sort()).toEqual(Object.keys(routes).sort());
  for (const [name, route] of Object.entries(routes) as [RouteName, RouteDefinition][]) {
    if (ROUTE_ROLES[name] === 'public' && !route.path.includes('{')) continue;
    const path = API_BASE + route.path.replace(/\{\w+\}/g, 'x');
    const response = await ask(world, path, { method: route.method.toUpperCase() });
    expect([path, response.status, response.headers.get('content-type')]).toEqual([
      path,
      401,
      'application/problem+json',
    ]);
    expect(await response.json()).toMatchObject({ code: 'auth.required', status: 401, hint: expect.any(String) });
  }
});

/** Follows a link; gives the answer and the cookie it set. */
async function signIn(world: TestServer, link: string) {
  const response = await ask(world, new URL(link).pathname + new URL(link).search);
  const cookie = response.headers.get('set-cookie') ?? '';
  return { response, cookie, session: cookie.split(';')[0] ?? '' };
}

test('the one-time link signs in once; the session needs its CSRF token to change something', async () => {
  await using world = await startTestServer(pipelines);
  const link = await world.server.oneTimeLink();
  const { response, cookie, session } = await signIn(world, link);
  expect([response.status, response.headers.get('location')]).toEqual([302, '/']);
  expect(cookie).toMatch(/^pikoci_[0-9a-f]{8}=.+; HttpOnly; SameSite=Lax$/);
  expect(cookie).not.toContain('Secure');

  const again = await signIn(world, link);
  expect([again.response.status, again.cookie]).toEqual([401, '']);
  const { pathname, search } = new URL(link);
  const sameBrowser = await ask(world, pathname + search, { headers: { cookie: session } });
  expect(sameBrowser.status).toBe(302);

  const who = (await (await ask(world, '/api/v1/session', { headers: { cookie: session } })).json()) as {
    csrf: string;
  };
  expect(who).toMatchObject({ name: 'admin', role: 'admin' });
  const put = (headers: Record<string, string>) =>
    ask(world, '/api/v1/teams/main/pipelines/p', {
      method: 'PUT',
      headers: { cookie: session, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(bundle),
    });
  expect((await put({})).status).toBe(403);
  expect((await put({ 'pikoci-csrf': 'x' })).status).toBe(403);
  expect((await put({ 'pikoci-csrf': who.csrf })).status).toBe(200);

  const out = await ask(world, '/api/v1/session', {
    method: 'DELETE',
    headers: { cookie: session, 'pikoci-csrf': who.csrf },
  });
  expect([out.status, out.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('Max-Age=0')]);
  const after = await ask(world, '/api/v1/session', { headers: { cookie: session } });
  expect(await after.json()).toEqual({ name: 'anonymous', signedIn: false, admin: false, role: 'public', teams: [] });
  expect((await ask(world, '/api/v1/info', { headers: { cookie: session } })).status).toBe(401);
});

test.each([
  ['no token', 'Bearer'],
  ['another', `Bearer pko_${'A'.repeat(43)}`],
  ['another scheme', 'Basic YTpi'],
])('a token that is not one: %s', async (_name, authorization) => {
  await using world = await startTestServer(pipelines);
  expect((await ask(world, '/api/v1/info', { headers: { authorization } })).status).toBe(401);
});

test('a session of another secret, or one without a signature, is none', async () => {
  await using world = await startTestServer(pipelines);
  await using other = await startTestServer(pipelines, { jwtSecret: new Uint8Array(32).fill(9) });
  const { session } = await signIn(other, await other.server.oneTimeLink());
  const mine = (await signIn(world, await world.server.oneTimeLink())).session;
  const name = mine.split('=')[0];
  const [, payload] = (mine.split('=')[1] ?? '').split('.');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  for (const value of [session.split('=')[1], unsigned, 'x.y.z', '']) {
    const response = await ask(world, '/api/v1/info', { headers: { cookie: `${name}=${value}` } });
    expect(response.status).toBe(401);
  }
});

test('looking whether a link is there does not use it up', async () => {
  await using world = await startTestServer(pipelines);
  const link = await world.server.oneTimeLink();
  const look = await ask(world, new URL(link).pathname + new URL(link).search, { method: 'HEAD' });
  expect([look.status, look.headers.get('set-cookie')]).toEqual([200, null]);
  const { session } = await signIn(world, link);
  expect(session).not.toBe('');
});

test('guessing is slowed down, and knowing is not', async () => {
  await using world = await startTestServer(pipelines);
  const statuses = [];
  for (let tries = 0; tries < 22; tries += 1) {
    statuses.push((await ask(world, `/auth/once?token=${tries}`)).status);
  }
  expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
  expect(statuses.at(-1)).toBe(429);
  const guess = await ask(world, '/api/v1/info', { headers: { authorization: 'Bearer pko_x' } });
  expect(guess.status).toBe(429);
  expect((await ask(world, '/api/v1/info', { headers: bearer(world) })).status).toBe(200);
});

test.each([
  ['/teams/main', '/teams/main'],
  ['/a?b=c#d', '/a?b=c#d'],
  [undefined, '/'],
  ['https://evil.test/', '/'],
  ['//evil.test/', '/'],
  ['/\\evil.test', '/'],
  ['/a\\b', '/'],
  ['/a\nb', '/'],
])('after signing in one goes to own paths only: %p', (next, expected) => {
  expect(ownPath(next)).toBe(expected);
});

test.each([
  ['a path that is not there', 'GET', '/api/v1/nothing', undefined, 404, 'api.not_found'],
  ['no such pipeline', 'GET', '/api/v1/teams/main/pipelines/q', undefined, 404, 'api.not_found'],
  ['a team that is not there', 'PUT', '/api/v1/teams/x/pipelines/q', JSON.stringify(bundle), 404, 'api.not_found'],
  ['no JSON', 'PUT', '/api/v1/teams/main/pipelines/q', '{', 400, 'api.bad_request'],
  ['another shape', 'PUT', '/api/v1/teams/main/pipelines/q', '{"bundle":1}', 400, 'api.bad_request'],
  ['a bad name', 'PUT', '/api/v1/teams/main/pipelines/a%2Fb', JSON.stringify(bundle), 400, 'api.bad_request'],
  ['a bad query', 'GET', '/api/v1/builds?limit=1000', undefined, 400, 'api.bad_request'],
  ['a bad id of a message', 'GET', '/api/v1/builds/x/events?after=y', undefined, 400, 'api.bad_request'],
  ['too much', 'PUT', '/api/v1/teams/main/pipelines/q', JSON.stringify({ x: 'y'.repeat(3_000) }), 413, 'api.too_large'],
  [
    'a pipeline that is not valid',
    'PUT',
    '/api/v1/teams/main/pipelines/q',
    JSON.stringify({ ...bundle, bundle: { main: 'p', files: { p: 'nonsense' } } }),
    422,
    'pipeline.invalid',
  ],
] as const)('refused with its own code: %s', async (_name, method, path, body, status, code) => {
  await using world = await startTestServer(pipelines, { maxBodyBytes: 2_000 });
  const headers = { ...bearer(world), ...(body !== undefined && { 'content-type': 'application/json' }) };
  const response = await ask(world, path, { method, headers, ...(body !== undefined && { body }) });
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ status, code, type: `urn:pikoci:problem:${code}` });
  expect(response.status).toBe(status);
});

test('an invalid pipeline is refused with every mistake, and so is what was made from a stale revision', async () => {
  await using world = await startTestServer(pipelines);
  const headers = { ...bearer(world), 'content-type': 'application/json' };
  const put = (body: unknown) =>
    ask(world, '/api/v1/teams/main/pipelines/p', { method: 'PUT', headers, body: JSON.stringify(body) });
  const invalid = await put({ ...bundle, bundle: { main: 'p', files: { p: 'x' } } });
  expect(await invalid.json()).toMatchObject({
    diagnostics: [{ severity: 'error', code: 'test.unknown' }],
    rendered: 'no pipeline "x"',
  });
  expect((await put(bundle)).status).toBe(200);
  const stale = await put({ ...bundle, expectedRevision: 7 });
  expect([stale.status, await stale.json()]).toMatchObject([412, { code: 'store.stale_revision' }]);
});

test('sensitive values are in no answer and not in the database in clear', async () => {
  await using world = await startTestServer(pipelines);
  const headers = { ...bearer(world), 'content-type': 'application/json' };
  const body = JSON.stringify({ ...bundle, variables: { password: 'hunter2-hunter2' } });
  const set = () => ask(world, '/api/v1/teams/main/pipelines/p', { method: 'PUT', headers, body });
  expect(await (await set()).json()).toMatchObject({ revision: 1, changed: true });
  expect(await (await set()).json()).toMatchObject({ revision: 1, changed: false });
  const found = await world.store.findPipeline('main', 'p');
  const revision = found && (await world.store.getRevision(found.revisionId));
  expect(revision?.sealedVariables).toEqual(expect.any(String));
  expect(JSON.stringify(revision)).not.toContain('hunter2');
  expect(await (await ask(world, '/api/v1/teams/main/pipelines/p/config', { headers })).text()).not.toContain(
    'hunter2',
  );
});

test('a request that is repeated with its key is done once', async () => {
  await using world = await startTestServer(pipelines);
  const headers = { ...bearer(world), 'content-type': 'application/json' };
  await ask(world, '/api/v1/teams/main/pipelines/p', { method: 'PUT', headers, body: JSON.stringify(bundle) });
  const trigger = async (key: string) => {
    const path = '/api/v1/teams/main/pipelines/p/jobs/manual/trigger';
    const response = await ask(world, path, { method: 'POST', headers: { ...headers, 'idempotency-key': key } });
    return ((await response.json()) as { number: number }).number;
  };
  expect(await Promise.all([trigger('a'), trigger('a'), trigger('b')])).toEqual([1, 1, 2]);
});

test('the OpenAPI document has every route, and its page loads nothing from elsewhere', async () => {
  await using world = await startTestServer(pipelines);
  const document = (await (await ask(world, '/api/openapi.json')).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { operationId: string; parameters: { name: string }[] }>>;
  };
  expect(document.openapi).toBe('3.1.0');
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(routes).sort());
  for (const [path, methods] of Object.entries(document.paths)) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters } of Object.values(methods)) {
      expect(parameters.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    }
  }
  const page = await ask(world, '/api/docs');
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'$/);
  expect(html).toContain('/api/v1/builds/{build}/events');
  expect(html).not.toMatch(/<script|https?:/);
});

test('so many streams and no more; one that is closed makes room', async () => {
  await using world = await startTestServer(pipelines, { maxStreams: 1 });
  const feed = () => ask(world, '/api/v1/feed', { headers: bearer(world) });
  const first = await feed();
  const second = await feed();
  expect([first.status, second.status]).toEqual([200, 429]);
  expect(await second.json()).toMatchObject({ code: 'api.too_many_streams' });
  await first.body?.cancel();
  const third = await feed();
  expect(third.status).toBe(200);
  await third.body?.cancel();
});

test('a HEAD of a stream is no reader of it', async () => {
  await using world = await startTestServer(pipelines, { maxStreams: 1 });
  const feed = (method: string) => ask(world, '/api/v1/feed', { method, headers: bearer(world) });
  for (let n = 0; n < 3; n += 1) {
    const head = await feed('HEAD');
    expect([head.status, head.headers.get('content-type'), head.body]).toEqual([200, 'text/event-stream', null]);
  }
  const reader = await feed('GET');
  expect(reader.status).toBe(200);
  await reader.body?.cancel();
});
