/** Pull requests of forks: whatever makes a build of one, it is held until somebody who may maintain the pipeline releases it, and it never has a secret. */
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type DeliveryId, newId, type UserId } from '../../lib/ids.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import { THIS_REPOSITORY } from '../../pipeline/repository-resource.ts';
import type { BuildGrant } from '../../protocol/messages.ts';
import { FENCING_HEADER, WORKER_FILES_PATH } from '../../protocol/worker-files.ts';
import { get, job, model, resource, task } from '../../store/contract/world.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';
import { type ApiCalls, apiOf } from '../api-calls.fixture.ts';
import { ended, type FakeWorker, started, startTestServer, type TestServer } from '../test-server.fixture.ts';
import { createForgeAccess } from './forge-access.ts';
import { activeRepository, type ForgeStandIn, forgeStandIn, hash, pullRequest } from './forge-stand-in.fixture.ts';

const source = resource('repository', { repository: THIS_REPOSITORY });
const watched = resource('lib');
const pipelines: Record<string, Pipeline> = {
  pr: model([source, watched], [job('test', [get('1', 'git.repository'), task('2')])]),
};
const PR = { team: 'main', pipeline: 'app--pr-7' };
const FORK = { fullName: 'stranger/App' };

let world: TestServer;
let forge: ForgeStandIn;
let repository: RepositoryRecord;
let api: ApiCalls;
let worker: FakeWorker;
beforeEach(async () => {
  forge = forgeStandIn();
  world = await startTestServer(pipelines, { holdQuestionMs: 50 }, ':memory:', { forges: forge });
  repository = await activeRepository(world.store);
  api = apiOf(world);
  worker = await world.worker();
  forge.commits.set(hash('1'), { '.pikoci.hcl': 'pr' });
});
afterEach(() => world[Symbol.asyncDispose]());

const opened = () =>
  world.server.repositoryBuilds.buildEvent(repository, pullRequest(repository, 7, hash('1'), { fork: FORK }), {
    id: newId<DeliveryId>(),
    receivedAt: 1,
  });

async function someone(role: 'write' | 'maintain'): Promise<ApiCalls> {
  await api.call('createUser', {}, { body: { name: role, password: `password of ${role}` } });
  await api.call('setMember', { team: 'main', user: role }, { body: { role } });
  const signIn = await world.fetch(
    new Request('http://ci.test/auth/password', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: role, password: `password of ${role}` }),
    }),
  );
  const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const session = await apiOf(world, { cookie }).call('session', {});
  return apiOf(world, { cookie, 'pikoci-csrf': session.csrf ?? '' });
}

test('one is held however it is made, and nothing of its pipeline is checked', async () => {
  const outcome = await opened();
  expect(outcome.notes).toEqual(['it is of a fork: held until somebody releases it']);
  const [first] = outcome.builds;
  await api.call('triggerJob', { ...PR, job: 'test' });
  await api.call(
    'triggerJob',
    { ...PR, job: 'test' },
    { body: { versions: { 'git.repository': { ref: hash('1') } } } },
  );
  await api.call('retryBuild', { build: first?.id ?? '' });
  const { items } = await api.call('listJobBuilds', { ...PR, job: 'test' });
  expect(items.map(({ number, held, status }) => [number, held, status])).toEqual([
    [4, true, 'pending'],
    [3, true, 'pending'],
    [2, true, 'pending'],
    [1, true, 'pending'],
  ]);
  expect(items[0]?.wait).toMatchObject({
    kind: 'held_fork',
    text: 'somebody to release it: held (fork)',
    command: 'pikoci builds release 4 -p app--pr-7 -j test',
  });
  const explained = await api.call('explainJob', { ...PR, job: 'test' });
  expect(explained.summary).toBe('build 1 waits for somebody to release it: held (fork)');
  expect(await worker.next(['build', 'check'])).toBeUndefined();
  expect(await api.ask('POST', '/teams/main/pipelines/app--pr-7/resources/git.lib/check')).toMatchObject({
    status: 409,
    body: { code: 'build.of_fork' },
  });
});

test('who may maintain the pipeline releases one build, which is written down; others may not', async () => {
  const [first] = (await opened()).builds;
  const build = first?.id ?? '';
  const [writer, maintainer] = [await someone('write'), await someone('maintain')];
  expect((await writer.ask('POST', `/builds/${build}/release`)).status).toBe(403);
  const released = await maintainer.call('releaseBuild', { build }, { body: { reason: 'looks harmless' } });
  expect(released).toMatchObject({ status: 'pending', released: { by: 'maintain' }, event: { fork: true, number: 7 } });
  expect(released.held).toBeUndefined();
  const audit = await api.call('listAudit', {});
  expect(audit.items.find(({ action }) => action === 'releaseBuild')).toMatchObject({
    actor: 'maintain',
    target: 'build app--pr-7/test #1',
    detail: { reason: 'looks harmless' },
  });
  expect((await worker.nextBuild()).build.number).toBe(1);
  expect((await maintainer.ask('POST', `/builds/${build}/release`)).status).toBe(409);
});

test('a private repository is cloned for it by a token that reads that repository alone, or not at all', async () => {
  const asked: string[] = [];
  for (const [isApp, expected] of [
    [true, 'token of the app to clone'],
    [false, undefined],
  ] as const) {
    const access = createForgeAccess(
      { getRepository: async () => ({ ...repository, active: true, activatedBy: newId<UserId>() }) },
      {
        grants: {
          providers: () => [{ name: 'github', kind: 'github', baseUrl: 'http://f', apiUrl: 'http://f' }],
          forUser: async () => ({ token: 'all that somebody may', scopes: ['repo'] }),
          forRepository: async (_provider, _name, use) => {
            asked.push(use);
            return isApp ? { token: `token of the app to ${use}` } : undefined;
          },
        },
      },
    );
    expect(await access.tokenFor(repository.id, true)).toBe(expected);
    expect(await access.tokenFor(repository.id, false)).toBe(expected ?? 'all that somebody may');
  }
  expect(asked).toEqual(['clone', 'clone', 'clone', 'clone']);
});

test('released, it has no secret, no token, no caches and artifacts of its own, and sets no pipeline', async () => {
  await api.call('setTeamSecret', { team: 'main', secret: 'deploy' }, { body: { value: 'hunter2hunter2' } });
  const [first] = (await opened()).builds;
  await api.call('releaseBuild', { build: first?.id ?? '' });
  const grant = await worker.nextBuild();
  await worker.emit(grant, started);
  expect(grant.readOnlyCaches).toBe(true);
  const refused = { kind: 'refused', problem: { code: 'build.of_fork' } };
  for (const question of questionsOf(grant, worker.id)) expect(await worker.ask(question)).toMatchObject(refused);
  const digest = 'ab'.repeat(32);
  for (const path of [`uploads/${digest}?size=3`, 'caches/save']) {
    const request = new Request(`http://ci.test${WORKER_FILES_PATH}/${grant.attempt}/${path}`, {
      method: 'POST',
      headers: { [FENCING_HEADER]: String(grant.fencing), 'content-type': 'application/json' },
      body: JSON.stringify({ scope: digest, key: 'k', digest, size: 3 }),
    });
    const answer = await world.server.fetchForWorker(request, { worker: worker.id });
    expect(await answer.json()).toMatchObject({ code: 'build.of_fork' });
  }
  await worker.emit(grant, ended());
});

function questionsOf({ build: { id: build }, attempt, fencing }: BuildGrant, id: string) {
  const asker = { worker: id, sealKey: '' };
  const bundle = { main: 'p', files: { p: 'pr' } };
  return [
    { kind: 'secret', ...asker, work: { kind: 'build', attempt, fencing }, name: 'deploy' },
    { kind: 'id_token', ...asker, build, attempt, fencing, audience: 'cloud' },
    { kind: 'set_pipeline', worker: id, build, attempt, fencing, pipeline: 'app', bundle, variables: {} },
  ] as const;
}
