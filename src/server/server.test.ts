import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pipeline } from '../pipeline/model.ts';
import type { PlanValue } from '../pipeline/plan-value.ts';
import { job, model, task } from '../store/contract/world.ts';
import { apiOf } from './api-calls.fixture.ts';
import { ended, log, started, startTestServer, stepEnded, stepStarted } from './test-server.fixture.ts';
import { manual, p, pipelines, readUntil, set, textOf } from './whole-server.fixture.ts';

test('from a new version to a green build, and the next job with it', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  expect(await set(api, 'chain')).toMatchObject({ revision: 1, created: true, changed: true });
  expect(await set(api, 'chain')).toMatchObject({ revision: 1, created: false, changed: false });

  const worker = await world.worker();
  const check = await worker.nextCheck();
  expect(check.plan.address).toBe('git.src');
  expect(check.last).toBeUndefined();
  const asked = worker.nextBuild();
  await worker.report(check, { versions: [{ version: { ref: 'a' }, metadata: { author: 'ada' } }], log: 'looked' });

  const first = await asked;
  expect(first.build).toMatchObject({
    job: 'test',
    number: 1,
    url: 'http://ci.test/teams/main/pipelines/p/jobs/test/builds/1',
  });
  expect(first.inputs).toEqual({ '1': { resource: 'git.src', version: { ref: 'a' }, metadata: { author: 'ada' } } });
  const next = worker.nextBuild();
  await worker.emit(first, started, stepStarted('2'), log('2', 'hello\n'), stepEnded('2'), ended());
  const second = await next;
  expect(second.build).toMatchObject({ job: 'deploy', number: 1 });
  await worker.emit(second, started, ended('failed'));

  const page = await api.call('listBuilds', {}, { query: { pipeline: 'p', job: 'test' } });
  expect(page.items).toMatchObject([
    { number: 1, status: 'succeeded', versions: { 'git.src': { ref: 'a' } }, cause: { kind: 'version' } },
  ]);
  const detail = await api.call('getJobBuild', { ...p, job: 'deploy', number: '1' });
  expect(detail).toMatchObject({ status: 'failed', cause: { kind: 'passed', job: 'test', number: 1 } });
  expect(detail.attempts).toMatchObject([{ number: 1, status: 'ended', outcome: 'failed', worker: 'fake' }]);
  expect(detail.steps.map((step) => step.id)).toEqual(['1', '2']);
  expect(await (await api.send('GET', `/builds/${first.build.id}/log`)).text()).toBe('hello\n');
  // A step that wrote nothing has an empty log; one that is not there, none.
  expect((await api.send('GET', `/builds/${first.build.id}/log/1`)).status).toBe(200);
  for (const path of [`${first.build.id}/log/nope`, `${first.build.id}/log?step=nope`]) {
    expect(await api.ask('GET', `/builds/${path}`)).toMatchObject({ status: 404, body: { code: 'api.not_found' } });
  }
  expect(await api.ask('GET', '/builds?after=rubbish')).toMatchObject({
    status: 400,
    body: { code: 'store.bad_cursor' },
  });
  const range = await api.send('GET', `/builds/${first.build.id}/log/2?offset=1&length=3`);
  expect([await range.text(), range.headers.get('pikoci-log-length')]).toEqual(['ell', '6']);

  expect(await api.call('listPipelines', {})).toMatchObject([
    { name: 'p', status: 'failed', running: 0, jobs: [{ name: 'test' }, { name: 'deploy' }, { name: 'manual' }] },
  ]);
  expect(await api.call('getResource', { ...p, address: 'git.src' })).toMatchObject({
    latest: { ref: 'a' },
    lastCheckStatus: 'succeeded',
    lastCheckLog: 'looked',
    schedule: '@every 1h',
  });
  expect(await api.call('getPipeline', p)).toMatchObject({ jobList: [{ name: 'test' }, {}, {}], resources: [{}] });
  expect((await api.call('pipelineGraph', p)).nodes.length).toBeGreaterThan(3);
  expect(await api.call('listWorkers', {})).toMatchObject([{ name: 'fake', status: 'running' }]);
});

test('work that cannot be handed over ends with the reason', async () => {
  const at = { file: 'p', line: 1, column: 1 };
  const password: PlanValue = {
    kind: 'deferred',
    expression: 'var.password',
    needs: ['var.password'],
    at,
    sensitive: true,
  };
  const secret: Pipeline = {
    ...model([], [job('manual', [{ ...task('1'), env: { P: password } }], { errorRetries: 0 })]),
    scope: { variables: { password: { kind: 'sealed' } }, locals: {} },
  };
  await using world = await startTestServer({ secret }, { holdQuestionMs: 100 });
  const api = apiOf(world);
  await set(api, 'secret', { password: 'hunter2' });
  const build = await api.call('triggerJob', manual);
  const live = readUntil(await api.send('GET', `/builds/${build.id}/events`), ({ event }) => event === 'end');
  const worker = await world.worker();
  // Its key is no key, so nothing can be sealed to it.
  expect(await worker.next(['build'])).toBeUndefined();
  await live;
  expect(await api.call('getBuild', { build: build.id })).toMatchObject({
    status: 'errored',
    attempts: [{ status: 'ended', outcome: 'errored', problem: { code: 'seal.bad_key' } }],
  });
});

test('a worker that is killed: another finishes its build', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'chain');
  const build = await api.call('triggerJob', manual);
  const worker = await world.worker();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, stepStarted('1'), log('1', 'half a li'));
  await worker.hello([], [grant.attempt]);
  const detail = await api.call('getBuild', { build: build.id });
  expect(detail).toMatchObject({ status: 'pending', attempts: [{ status: 'lost', steps: [{ status: 'errored' }] }] });
  expect(detail.waitsFor).toStartWith('its next try');
  const again = await worker.nextBuild();
  expect(again).toMatchObject({ attemptNumber: 2, build: { id: build.id } });
  await worker.emit(again, started, stepStarted('1'), log('1', 'all\n'), stepEnded('1'), ended());
  expect(await api.call('getBuild', { build: build.id })).toMatchObject({ status: 'succeeded' });
});

test('a server that comes back goes on with what was under way', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pikoci-test-'));
  const path = join(dir, 'pikoci.db');
  try {
    const first = await startTestServer(pipelines, {}, path);
    const before = apiOf(first);
    await set(before, 'chain');
    const running = await before.call('triggerJob', manual);
    const waiting = await before.call('triggerJob', manual);
    const worker = await first.worker();
    const grant = await worker.nextBuild();
    await worker.emit(grant, started, stepStarted('1'), log('1', 'one\n'));
    const seen = await readUntil(
      await before.send('GET', `/builds/${running.id}/events`),
      ({ event }) => event === 'log',
    );
    await first[Symbol.asyncDispose]();

    await using second = await startTestServer(pipelines, {}, path);
    const after = apiOf(second);
    expect(second.token).toBe(first.token);
    const same = await second.worker(worker);
    await same.emit(grant, log('1', 'two\n'), stepEnded('1'), ended());
    const rest = await after.send('GET', `/builds/${running.id}/events`, undefined, {
      'last-event-id': seen.at(-1)?.id ?? '',
    });
    expect(textOf(seen) + textOf(await readUntil(rest, ({ event }) => event === 'end'))).toBe('one\ntwo\n');
    expect((await same.nextBuild()).build.id).toBe(waiting.id);
    expect(await after.call('listBuilds', {}, { query: { pipeline: 'p' } })).toMatchObject({
      items: [
        { number: 2, status: 'running' },
        { number: 1, status: 'succeeded' },
      ],
    });
  } finally {
    await rm(dir, { recursive: true });
  }
});
