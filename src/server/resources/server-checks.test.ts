import { expect, test } from 'bun:test';
import type { PlanValue } from '../../pipeline/plan-value.ts';
import { job, model, resource, task } from '../../store/contract/world.ts';
import { type ApiCalls, apiOf, bundleOf } from '../api-calls.fixture.ts';
import { ended, started, startTestServer } from '../test-server.fixture.ts';

const known = (value: string): PlanValue => ({ kind: 'known', value });
const deferred: PlanValue = {
  ...{ kind: 'deferred', expression: 'var.name', needs: ['var.name'], sensitive: true },
  at: { file: 'p.hcl', line: 1, column: 1 },
};

/** A pipeline with one resource, `trigger.up`. */
function watching(pipeline: PlanValue, jobName: string) {
  const params = { pipeline, job: known(jobName) };
  // Checks by themselves would come between: only the test asks for one.
  const schedule = { kind: 'every', ms: 3_600_000 } as const;
  const of = model(
    [resource('up', { type: 'trigger', address: 'trigger.up', params, schedule })],
    [job('x', [task('1')])],
  );
  const trigger = { name: 'trigger', builtin: true, params: ['pipeline', 'job'], cache: false };
  return { ...of, types: { ...of.types, resources: { ...of.types.resources, trigger } } };
}

const pipelines = {
  app: model([], [job('release', [task('1')])]),
  good: watching(known('app'), 'release'),
  'no-pipeline': watching(known('ap'), 'release'),
  'no-job': watching(known('app'), 'relaese'),
  unknown: watching(deferred, 'release'),
};

const main = (pipeline: string) => ({ team: 'main', pipeline });
const set = (api: ApiCalls, name: string) => api.call('setPipeline', main(name), { body: bundleOf(name) });
const checkOf = (api: ApiCalls, pipeline: string) =>
  api.call('checkResource', { ...main(pipeline), address: 'trigger.up' });

test('builds of another pipeline that succeeded are versions, without a worker', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  for (const name of ['app', 'good']) await set(api, name);
  const worker = await world.worker();
  for (const outcome of ['succeeded', 'failed', 'succeeded'] as const) {
    await api.call('triggerJob', { ...main('app'), job: 'release' });
    const grant = await worker.nextBuild();
    await worker.emit(grant, started, ended(outcome));
  }
  expect(await checkOf(api, 'good')).toMatchObject({ status: 'succeeded' });
  const { items } = await api.call('listVersions', { ...main('good'), address: 'trigger.up' });
  expect(items.map(({ version }) => version.number)).toEqual(['3', '1']);
  expect(items[0]?.metadata.url).toBe('http://ci.test/teams/main/pipelines/app/jobs/release/builds/3');
  expect(await worker.next(['check'])).toBeUndefined();
});

test.each([
  ['no-pipeline', 'trigger.no_pipeline', 'did you mean "app"?'],
  ['no-job', 'trigger.no_job', 'did you mean "release"?'],
  ['unknown', 'trigger.not_known', 'secret'],
])('%s', async (name, code, hint) => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  for (const pipeline of ['app', name]) await set(api, pipeline);
  expect(await checkOf(api, name)).toMatchObject({
    status: 'errored',
    problem: { code, hint: expect.stringContaining(hint) },
  });
});
