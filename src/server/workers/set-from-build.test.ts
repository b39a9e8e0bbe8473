/** A build that sets pipelines, over the queue of a whole server. */
import { expect, test } from 'bun:test';
import { seal } from '../../lib/system/seal.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import type { SetPipelineStep } from '../../pipeline/plan-step.ts';
import type { BuildGrant } from '../../protocol/messages.ts';
import type { SetPipelineWorkRequest } from '../../protocol/set-pipeline.ts';
import { job, model, task } from '../../store/contract/world.ts';
import { apiOf, bundleOf } from '../api-calls.fixture.ts';
import { ended, type FakeWorker, started, startTestServer, type TestServer } from '../test-server.fixture.ts';

const step: SetPipelineStep = {
  ...{ kind: 'set_pipeline', id: '1', name: 'child', pipeline: 'child', file: { kind: 'known', value: 'p.hcl' } },
  ...{ vars: {}, at: { file: 'p.hcl', line: 1, column: 1 }, allowFailure: false, hooks: {} },
  attempts: { count: 1, on: [], delayMs: 0 },
};
const pipelines = (): Record<string, Pipeline> => ({
  parent: model([], [job('sync', [step])]),
  one: model([], [job('test', [task('1')])]),
  two: model([], [job('test', [task('1')]), job('deploy', [task('1')])]),
  secret: {
    ...model([], [job('test', [task('1')])]),
    scope: { variables: { token: { kind: 'sealed' } }, locals: {} },
  },
});

/** A worker in the middle of the build that sets. */
async function building(world: TestServer): Promise<{ worker: FakeWorker; grant: BuildGrant }> {
  const api = apiOf(world);
  const parent = { team: 'main', pipeline: 'parent' };
  await api.call('setPipeline', parent, { body: bundleOf('parent'), headers: { 'if-none-match': '*' } });
  await api.call('triggerJob', { ...parent, job: 'sync' });
  const worker = await world.worker();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started);
  return { worker, grant };
}

const asking = (
  { worker, grant }: { worker: FakeWorker; grant: BuildGrant },
  text: string,
  more: Partial<SetPipelineWorkRequest> = {},
): SetPipelineWorkRequest => ({
  kind: 'set_pipeline',
  ...{ worker: worker.id, build: grant.build.id, attempt: grant.attempt, fencing: grant.fencing },
  ...{ pipeline: 'child', bundle: { main: 'p.hcl', files: { 'p.hcl': text } }, variables: {} },
  ...more,
});

test('a pipeline is made, changed with a plan, and left alone, and its history says which build did it', async () => {
  await using world = await startTestServer(pipelines());
  const one = await building(world);
  const ask = (text: string) => one.worker.ask(asking(one, text));
  expect(await ask('one')).toMatchObject({
    kind: 'pipeline_set',
    plan: { name: 'child', changes: [{ action: 'create', block: 'job "test"' }] },
    ...{ revision: 1, created: true, changed: true },
  });
  expect(await ask('two')).toMatchObject({
    plan: { base: { revision: 1 }, changes: [{ action: 'create', block: 'job "deploy"' }] },
    ...{ revision: 2, created: false, changed: true },
  });
  expect(await ask('two')).toMatchObject({ plan: { changed: false }, revision: 2, changed: false });
  const { items } = await apiOf(world).call('listRevisions', { team: 'main', pipeline: 'child' });
  expect(items).toMatchObject([
    { revision: 2, setBy: 'build 1 of job sync in pipeline parent' },
    { revision: 1, setBy: 'build 1 of job sync in pipeline parent' },
  ]);
});

test('a pipeline that sets itself: the build under way goes on, and ends as it began', async () => {
  await using world = await startTestServer(pipelines());
  const one = await building(world);
  const answer = await one.worker.ask(asking(one, 'one', { pipeline: 'parent' }));
  expect(answer).toMatchObject({ kind: 'pipeline_set', revision: 2, created: false });
  await one.worker.emit(one.grant, ended());
  const build = await apiOf(world).call('getBuild', { build: one.grant.build.id });
  expect(build).toMatchObject({ status: 'succeeded', revision: 1 });
});

test('an instance has its variables in its name, which no other instance takes', async () => {
  await using world = await startTestServer(pipelines());
  const one = await building(world);
  const ask = (branch: string) => one.worker.ask(asking(one, 'one', { instanceVars: { branch } }));
  expect(await ask('feature/a')).toMatchObject({ kind: 'pipeline_set', plan: { name: 'child--feature-a' } });
  expect(await ask('feature/a')).toMatchObject({ changed: false });
  expect(await ask('feature-a')).toMatchObject({
    kind: 'refused',
    problem: {
      code: 'pipeline.instance_taken',
      message: 'pipeline child--feature-a is the instance of child with branch = feature/a',
    },
  });
  expect(await ask('//')).toMatchObject({ kind: 'refused', problem: { code: 'pipeline.bad_instance' } });
  const api = apiOf(world);
  expect(await api.call('getPipeline', { team: 'main', pipeline: 'child--feature-a' })).toMatchObject({
    instance: { of: 'child', vars: { branch: 'feature/a' } },
  });
  const listed = (await api.call('listPipelines', {})).find(({ name }) => name === 'child--feature-a');
  expect(listed?.instance).toEqual({ of: 'child', vars: { branch: 'feature/a' } });
});

test('an instance stays one when it is set or restored by hand', async () => {
  await using world = await startTestServer(pipelines());
  const one = await building(world);
  await one.worker.ask(asking(one, 'one', { instanceVars: { branch: 'main' } }));
  const api = apiOf(world);
  const child = { team: 'main', pipeline: 'child--main' };
  const vars = { branch: 'main' };
  const headers = { 'if-match': '*' };
  expect(await api.call('planPipeline', child, { body: bundleOf('one', vars) })).toMatchObject({ changed: false });
  const set = await api.call('setPipeline', child, { body: bundleOf('two', vars), headers });
  expect(set).toMatchObject({ revision: 2 });
  const instance = { of: 'child', vars };
  expect(await api.call('getPipeline', child)).toMatchObject({ instance });
  const restored = await api.call('restoreRevision', { ...child, revision: '1' }, { body: {}, headers });
  expect(restored).toMatchObject({ revision: 3 });
  expect(await api.call('getPipeline', child)).toMatchObject({ instance });
});

test('sensitive values come sealed, and lie encrypted', async () => {
  await using world = await startTestServer(pipelines());
  const one = await building(world);
  const sealed = seal(one.grant.replyKey ?? '', { token: 'hunter2' });
  expect(await one.worker.ask(asking(one, 'secret', { sealed }))).toMatchObject({ kind: 'pipeline_set' });
  const pipeline = await world.store.findPipeline('main', 'child');
  const revision = pipeline && (await world.store.getRevision(pipeline.revisionId));
  expect(revision?.sealedVariables).toBeDefined();
  expect(JSON.stringify(revision)).not.toContain('hunter2');
  const foreign = await one.worker.ask(asking(one, 'secret', { sealed: 'AAAA' }));
  expect(foreign).toMatchObject({ kind: 'refused', problem: { code: 'seal.not_for_us' } });
});

test('a file with mistakes changes nothing, and they are told', async () => {
  await using world = await startTestServer(pipelines());
  const one = await building(world);
  expect(await one.worker.ask(asking(one, 'nonsense'))).toMatchObject({
    kind: 'refused',
    problem: { code: 'pipeline.invalid', message: 'pipeline child has a mistake; nothing was changed' },
    rendered: 'no pipeline "nonsense"',
  });
  expect(await one.worker.ask(asking(one, 'one', { pipeline: 'a/b' }))).toMatchObject({
    kind: 'refused',
    problem: { code: 'api.bad_request' },
  });
  expect(await world.store.findPipeline('main', 'child')).toBeUndefined();
});

test('only the worker that runs the build may ask for it, and only while it does', async () => {
  await using world = await startTestServer(pipelines());
  const one = await building(world);
  const other = await world.worker();
  const refused = { kind: 'refused', problem: { code: 'build.not_held' } };
  expect(await other.ask(asking(one, 'one'))).toMatchObject(refused);
  expect(await one.worker.ask(asking(one, 'one', { fencing: one.grant.fencing + 1 }))).toMatchObject(refused);
  expect(await one.worker.ask(asking(one, 'one', { build: 'another' }))).toMatchObject(refused);
  await one.worker.emit(one.grant, ended());
  expect(await one.worker.ask(asking(one, 'one'))).toMatchObject(refused);
  expect(await world.store.findPipeline('main', 'child')).toBeUndefined();
});
