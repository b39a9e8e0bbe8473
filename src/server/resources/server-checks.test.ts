import { expect, test } from 'bun:test';
import type { PlanValue } from '../../pipeline/plan.ts';
import { job, model, resource, task } from '../../store/contract/world.ts';
import { ended, started, startTestServer, type TestServer } from '../test-server.fixture.ts';

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

function apiOf(world: TestServer) {
  return async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' };
    const request = new Request(`http://ci.test/api/v1/teams/main/pipelines/${path}`, {
      ...{ method, headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects below
    return (await (await world.fetch(request)).json()) as any;
  };
}

const set = (name: string) => ({ bundle: { main: 'p.hcl', files: { 'p.hcl': name } }, variables: {} });

test('builds of another pipeline that succeeded are versions, without a worker', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  for (const name of ['app', 'good']) await api('PUT', name, set(name));
  const worker = await world.worker();
  for (const outcome of ['succeeded', 'failed', 'succeeded'] as const) {
    await api('POST', 'app/jobs/release/trigger', {});
    const grant = await worker.nextBuild();
    await worker.emit(grant, started, ended(outcome));
  }
  const check = await api('POST', 'good/resources/trigger.up/check', {});
  expect(check).toMatchObject({ status: 'succeeded' });
  const { items } = await api('GET', 'good/resources/trigger.up/versions');
  expect(items.map(({ version }: { version: { number: string } }) => version.number)).toEqual(['3', '1']);
  expect(items[0].metadata.url).toBe('http://ci.test/teams/main/pipelines/app/jobs/release/builds/3');
  expect(await worker.next(['check'])).toBeUndefined();
});

test.each([
  ['no-pipeline', 'trigger.no_pipeline', 'did you mean "app"?'],
  ['no-job', 'trigger.no_job', 'did you mean "release"?'],
  ['unknown', 'trigger.not_known', 'secret'],
])('%s', async (name, code, hint) => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  for (const pipeline of ['app', name]) await api('PUT', pipeline, set(pipeline));
  const check = await api('POST', `${name}/resources/trigger.up/check`, {});
  expect(check).toMatchObject({ status: 'errored', problem: { code, hint: expect.stringContaining(hint) } });
});
