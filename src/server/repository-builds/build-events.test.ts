/** From events of a forge to builds, over a whole server. */
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type DeliveryId, newId } from '../../lib/ids.ts';
import { THIS_REPOSITORY } from '../../pipeline/repository-resource.ts';
import { get, job, model, resource, task } from '../../store/contract/world.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';
import { apiOf } from '../api-calls.fixture.ts';
import { ended, started, startTestServer, type TestServer } from '../test-server.fixture.ts';
import type { BuiltEvent } from './event-places.ts';
import {
  activeRepository,
  type ForgeStandIn,
  forgeStandIn,
  HEAD_OF_MAIN,
  hash,
  pullRequest,
  push,
} from './forge-stand-in.fixture.ts';

const source = resource('repository', { repository: THIS_REPOSITORY });
const pipelines = {
  one: model(
    [source],
    [
      job('test', [get('1', 'git.repository'), task('2')]),
      job('deploy', [get('1', 'git.repository', { passed: ['test'] }), task('2')]),
    ],
  ),
  longer: model(
    [source],
    [
      job('test', [get('1', 'git.repository'), task('2'), task('3')]),
      job('deploy', [get('1', 'git.repository', { passed: ['test'] }), task('2'), task('3')]),
    ],
  ),
  two: model([source], [job('test', [get('1', 'git.repository'), task('2'), task('3')])]),
};

let world: TestServer;
let forge: ForgeStandIn;
let repository: RepositoryRecord;
beforeEach(async () => {
  forge = forgeStandIn();
  world = await startTestServer(pipelines, {}, ':memory:', { forges: forge });
  repository = await activeRepository(world.store);
});
afterEach(() => world[Symbol.asyncDispose]());

const build = (event: BuiltEvent) => world.server.repositoryBuilds.buildEvent(repository, event, DELIVERY);
const DELIVERY = { id: newId<DeliveryId>(), receivedAt: 1 };

test('a push is a revision, a version and a build that knows its event; its status is told', async () => {
  forge.commits.set(hash('1'), { '.pikoci.hcl': 'one' });
  const outcome = await build(push(repository, 'main', hash('1'), 'Begin\n\nwith a body'));
  expect(outcome).toEqual({ builds: [{ id: expect.any(String), text: 'app/test #1' }], notes: [] });
  const worker = await world.worker();
  const grant = await worker.nextBuild();
  expect(grant.build).toMatchObject({
    ...{ pipeline: 'app', job: 'test', number: 1 },
    event: { kind: 'push', branch: 'main', ref: 'refs/heads/main', commit: hash('1'), author: 'octocat' },
  });
  expect(grant.inputs['1']?.version).toEqual({ ref: hash('1'), branch: 'main' });
  await worker.emit(grant, started, ended());
  const said = await world.until('the status was told', async () =>
    forge.told.some(({ status }) => status.state === 'succeeded') ? forge.told : undefined,
  );
  expect(said.every(({ commit }) => commit === hash('1'))).toBe(true);
  const last = said.find(({ status }) => status.state === 'succeeded');
  expect(last?.status).toMatchObject({
    context: 'pikoci/test',
    url: 'http://ci.test/teams/main/pipelines/app/jobs/test/builds/1',
    description: expect.stringMatching(/^#1 passed in /),
  });
});

test('what follows a build is built by the revision of the same commit, whatever is in force by then', async () => {
  forge.commits.set(hash('1'), { 'pipeline.hcl': 'one' });
  forge.commits.set(hash('2'), { 'pipeline.hcl': 'longer' });
  await build(push(repository, 'main', hash('1')));
  await build(push(repository, 'main', hash('2')));
  const worker = await world.worker();
  const first = await worker.nextBuild();
  await worker.emit(first, started, ended());
  const second = await worker.nextBuild();
  const next = await worker.nextBuild();
  expect(
    [first, second, next].map((grant) => [grant.build.job, grant.plan.steps.length, grant.inputs['1']?.version.ref]),
  ).toEqual([
    ['test', 2, hash('1')],
    ['test', 3, hash('2')],
    ['deploy', 2, hash('1')],
  ]);
  expect(next.build.event?.commit).toBe(hash('1'));
});

test('two quick pushes are two builds, each by the revision of its own commit, and so is what follows them', async () => {
  forge.commits.set(hash('1'), { 'pipeline.hcl': 'one' });
  forge.commits.set(hash('2'), { 'pipeline.hcl': 'two' });
  await build(push(repository, 'main', hash('1')));
  await build(push(repository, 'main', hash('2')));
  // Again, as after a crash: nothing is made twice.
  const again = await build(push(repository, 'main', hash('2')));
  expect(again.builds).toEqual([]);
  expect(again.notes).toEqual([`commit ${hash('2').slice(0, 10)} was built before; a retry builds it again`]);
  const worker = await world.worker();
  const [first, second] = [await worker.nextBuild(), await worker.nextBuild()];
  expect(
    [first, second].map(({ build: { number }, plan, inputs }) => [number, plan.steps.length, inputs['1']?.version.ref]),
  ).toEqual([
    [1, 2, hash('1')],
    [2, 3, hash('2')],
  ]);
});

const listed = async () =>
  (await world.store.listPipelines('main')).map(({ name, archivedAt }) =>
    archivedAt === undefined ? name : `(${name})`,
  );

test('branches, tags and pull requests are instances; what is gone is archived, and comes back', async () => {
  for (const digit of '123456') forge.commits.set(hash(digit), { 'pikoci.hcl': 'two' });
  await build(push(repository, 'main', hash('1')));
  await build(push(repository, 'feature/login', hash('2')));
  // Two branches whose names come out the same.
  await build(push(repository, 'feature-login', hash('3')));
  const tag = {
    kind: 'tag',
    tag: 'v1.0',
    sender: undefined,
    repository: push(repository, 'main', undefined).repository,
  } as const;
  await build({ ...tag, commit: { hash: hash('4'), message: 'Release', author: undefined } });
  await build(pullRequest(repository, 7, hash('5')));
  const all = await listed();
  expect(all).toEqual([
    'app',
    'app--feature-login',
    expect.stringMatching(/^app--feature-login-[0-9a-f]{8}$/),
    'app--pr-7',
    'app--v1.0',
  ]);
  const other = all[2] ?? '';
  expect((await build(push(repository, 'feature-login', undefined))).notes).toEqual([
    `branch feature-login was deleted: pipeline ${other} is archived`,
  ]);
  expect((await build(pullRequest(repository, 7, hash('5'), { action: 'merged' }))).notes).toEqual([
    'pull request 7 was merged: pipeline app--pr-7 is archived',
  ]);
  await build({ ...tag, commit: undefined });
  const archived = await world.store.findPipeline('main', other);
  const builds = await world.store.listBuilds({ pipelineId: archived?.id as never, limit: 10 });
  expect(builds.items.map(({ status, cancelRequestedBy }) => [status, cancelRequestedBy])).toEqual([
    ['cancelled', 'branch feature-login was deleted'],
  ]);
  expect((await apiOf(world).call('listPipelines', {})).map(({ name }) => name)).toEqual(['app', 'app--feature-login']);
  expect(await listed()).toEqual(['app', 'app--feature-login', `(${other})`, '(app--pr-7)', '(app--v1.0)']);
  await build(push(repository, 'feature-login', hash('6')));
  expect(await listed()).toContain(other);
  await world.server.repositoryBuilds.deactivated(repository);
  expect(await listed()).toEqual([]);
});

test('of a pull request what is built is its merge, its head, both or nothing, as the repository says', async () => {
  forge.commits.set(hash('5'), { 'pikoci.hcl': 'two' });
  const versions = async (pullRequests: RepositoryRecord['options']['pullRequests'], number: number) => {
    const of = { ...repository, options: { ...repository.options, pullRequests } };
    const event = pullRequest(repository, number, hash('5'), { base: { branch: 'main', commit: undefined } });
    const { builds, notes } = await world.server.repositoryBuilds.buildEvent(of, event, DELIVERY);
    const found = await Promise.all(builds.map(async ({ id }) => world.store.getBuild(id as never)));
    return { notes, versions: found.map((one) => one?.inputs[0]?.version) };
  };
  const head = { ref: hash('5'), pr: '1' };
  const merged = { merge_into: HEAD_OF_MAIN, base: 'main' };
  expect(await versions('merged', 1)).toEqual({ notes: [], versions: [{ ...head, ...merged }] });
  expect(await versions('head', 2)).toEqual({ notes: [], versions: [{ ...head, pr: '2' }] });
  expect(await versions('both', 3)).toEqual({
    notes: [],
    versions: [
      { ...head, pr: '3' },
      { ...head, pr: '3', ...merged },
    ],
  });
  expect((await versions('none', 4)).versions).toEqual([]);
});

test('a replay of an old push does not set the pipeline back; one of the newest makes nothing twice', async () => {
  forge.commits.set(hash('1'), { '.pikoci.hcl': 'one' });
  forge.commits.set(hash('2'), { '.pikoci.hcl': 'two' });
  await build(push(repository, 'main', hash('1')));
  await build(push(repository, 'main', hash('2')));
  const inForce = (await world.store.findPipeline('main', 'app'))?.revisionId;
  const replay = (commit: string) =>
    world.server.repositoryBuilds.buildEvent(repository, push(repository, 'main', commit), {
      ...DELIVERY,
      replayOf: DELIVERY.id,
    });
  expect(await replay(hash('1'))).toEqual({
    builds: [],
    notes: [`others came after commit ${hash('1').slice(0, 10)}; to build it again, retry its build`],
  });
  expect((await replay(hash('2'))).builds).toEqual([]);
  expect((await world.store.findPipeline('main', 'app'))?.revisionId).toBe(inForce as never);
});

test('a commit that wants no build has none, and one that says nothing is built from says how to begin', async () => {
  forge.commits.set(hash('1'), { 'pikoci.hcl': 'two' });
  forge.commits.set(hash('2'), { 'README.md': 'hello' });
  expect(await build(push(repository, 'main', hash('1'), 'Typo [skip ci]'))).toEqual({
    builds: [],
    notes: ['the message of commit 1111111111 says not to build it'],
  });
  expect((await build(push(repository, 'main', hash('2')))).notes[0]).toContain(
    '.pikoci.hcl, pikoci.hcl, pipeline.hcl',
  );
  expect(await listed()).toEqual([]);
});

test('a commit that a push with force brings back is there as it was; one of the default branch that goes is only told', async () => {
  for (const digit of '12') forge.commits.set(hash(digit), { 'pikoci.hcl': 'two' });
  await build(push(repository, 'main', hash('1')));
  await build(push(repository, 'main', hash('2')));
  const back = await build({ ...push(repository, 'main', hash('1')), forced: true } as BuiltEvent);
  expect(back.builds).toEqual([]);
  expect((await build(push(repository, 'main', undefined))).notes).toEqual(['the default branch main was deleted']);
  expect(await listed()).toEqual(['app']);
});

test('a repository that was renamed keeps its versions', async () => {
  for (const digit of '12') forge.commits.set(hash(digit), { 'pikoci.hcl': 'two' });
  await build(push(repository, 'main', hash('1')));
  repository = { ...repository, fullName: 'Octo/New', cloneUrl: 'https://forge.test/Octo/New.git' };
  await build(push(repository, 'main', hash('2')));
  const pipeline = await world.store.findPipeline('main', 'app');
  const [resource_] = await world.store.listResources(pipeline?.id as never);
  expect((await world.store.listVersions(resource_?.id as never, { limit: 10 })).items).toHaveLength(2);
  expect(resource_?.neverChecked).toBe(true);
});

test('set by hand, it is of the repository that its pipeline is of; of none, that is said', async () => {
  const bundle = { main: 'p', files: { p: 'two' } };
  await world.server.setPipeline('main', 'app', { bundle, variables: {} });
  const pipeline = await world.store.findPipeline('main', 'app');
  const revision = await world.store.getRevision(pipeline?.revisionId as never);
  expect(revision?.model.resources[0]).toMatchObject({
    repository: repository.id,
    params: { url: { value: repository.cloneUrl } },
  });
  await expect(world.server.setPipeline('main', 'other', { bundle, variables: {} })).rejects.toMatchObject({
    code: 'api.bad_request',
    message: 'pipeline other gets git.repository, and is of no repository that was activated',
  });
});
