import { describe, expect, test } from 'bun:test';
import { openForge } from '../../integrations/open-forge.ts';
import { get, job, model, resource, some, task } from '../../store/contract/world.ts';
import { apiOf, bundleOf } from '../api-calls.fixture.ts';
import { asRole, p } from '../pipelines/revisions.fixture.ts';
import { ended, log, started, startTestServer, stepEnded, stepStarted } from '../test-server.fixture.ts';
import { addRepository, pushBody, sendHook } from '../webhooks/webhooks.fixture.ts';

const pipelines = { app: model([resource('src')], [job('image', [get('1', 'git.src'), task('2')])]) };
const address = { name: 'github', kind: 'github', baseUrl: 'http://forge.test', apiUrl: 'http://forge.test' } as const;
const ORIGIN = 'https://hermes.example.test';

/** A server with a repository that GitHub calls 186853002, and a build of it that has ended. */
async function startHermes() {
  const world = await startTestServer(pipelines, { corsOrigins: [ORIGIN] }, ':memory:', {
    forges: { open: openForge, grants: { forUser: async () => undefined, providers: () => [address] } },
  });
  const hooked = await addRepository(world, '186853002', 'p');
  const api = apiOf(world);
  await api.call('setPipeline', p, { body: bundleOf('app') });
  const worker = await world.worker();
  const check = await worker.nextCheck();
  const metadata = { message: 'Mend the weather', author: 'ada' };
  await worker.report(check, { versions: [{ version: { ref: 'a' }, metadata }] });
  const build = await worker.nextBuild();
  const lines = [log('2', 'one\ntw'), log('2', 'o\n'), log('2', 'no end')];
  await worker.emit(build, started, stepStarted('2'), ...lines, stepEnded('2'), ended());
  await world.until('it ends', async () => {
    const { status } = await api.call('getBuild', { build: build.build.id });
    return status === 'succeeded' ? status : undefined;
  });
  const ask = (path: string, headers: Record<string, string> = { authorization: `Bearer ${world.token}` }) =>
    world.fetch(new Request(`http://ci.test${path}`, { headers }));
  return { world, hooked, ask, build: build.build.id, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

describe('the addresses of Hermes', () => {
  test('jobs of a repository, and one with its log', async () => {
    await using hermes = await startHermes();
    const { ask, build } = hermes;
    const expected = {
      _id: build,
      name: 'Mend the weather',
      workflow: 'image',
      repository: 'Codertocat/Hello-World',
      repository_id: 186853002,
      finished: true,
      owner: { name: 'Codertocat', login: 'Codertocat', avatar: 'https://forge.test/Codertocat.png' },
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      updated_at: expect.stringMatching(/Z$/),
    };
    expect(await (await ask('/github/186853002')).json()).toEqual([expected]);
    const { logs, ...rest } = (await (await ask(`/jobs/${build}`)).json()) as {
      logs: { timestamp: string; data: string }[];
    };
    expect(rest).toEqual(expected as never);
    expect(logs.map(({ data }) => data)).toEqual(['one', 'two', 'no end']);
    expect(logs[0]).toEqual({ timestamp: expect.stringMatching(/Z$/), data: 'one' });
  });

  test('are for whoever may read the repository', async () => {
    await using hermes = await startHermes();
    const { world, ask, build } = hermes;
    const paths = ['/github/186853002', `/jobs/${build}`];
    for (const path of paths) expect((await ask(path, {})).status).toBe(401);
    const stranger = await asRole(world, 'admin', 'other');
    const { token } = await stranger.call('createToken', {}, { body: { name: 'x' } });
    for (const path of paths) expect((await ask(path, { authorization: `Bearer ${token}` })).status).toBe(404);
    expect((await ask('/github/1')).status).toBe(404);
    expect((await ask('/jobs/1')).status).toBe(404);
    await apiOf(world).call('exposePipeline', p);
    for (const path of paths) expect((await ask(path, {})).status).toBe(200);
  });

  test('take webhooks', async () => {
    await using hermes = await startHermes();
    const { world, hooked } = hermes;
    const to = (id: string, secret = hooked.secret) =>
      sendHook(world, hooked, pushBody('a1'), { secret, path: `/github/${id}` });
    expect((await to('186853002', 'another')).status).toBe(404);
    expect((await to('7')).status).toBe(404);
    expect((await to('186853002')).status).toBe(202);
    expect((await world.store.listDeliveries(hooked.repository.id, { limit: 5 })).items).toHaveLength(1);
  });

  test('answer pages of the origins that are configured, and no other', async () => {
    await using hermes = await startHermes();
    const allowed = async (origin: string) =>
      (await hermes.ask('/github/186853002', { origin })).headers.get('access-control-allow-origin');
    expect(await allowed(ORIGIN)).toBe(ORIGIN);
    expect(await allowed('https://elsewhere.test')).toBeNull();
    const preflight = { origin: ORIGIN, 'access-control-request-method': 'GET' };
    const answer = await hermes.world.fetch(
      new Request('http://ci.test/jobs/1', { method: 'OPTIONS', headers: preflight }),
    );
    expect([answer.status, answer.headers.get('access-control-allow-headers')]).toEqual([204, 'authorization']);
  });

  test('pages lead to ours', async () => {
    await using hermes = await startHermes();
    const { repository } = hermes.hooked;
    const leads = async (path: string, headers?: Record<string, string>) =>
      (await hermes.ask(path, headers)).headers.get('location');
    expect(await leads('/login')).toBe('/sign-in');
    expect(await leads('/repos')).toBe('/repositories');
    expect(await leads('/repos/186853002')).toBe(`/repositories/${repository.id}`);
    expect(await leads('/repos/186853002', {})).toBe('/repositories');
    expect(await leads(`/repos/186853002/job/${hermes.build}`)).toBe(`/builds/${some(hermes.build)}`);
  });
});
