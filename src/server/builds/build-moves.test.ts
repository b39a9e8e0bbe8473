import { expect, test } from 'bun:test';
import { apiOf } from '../api-calls.fixture.ts';
import { started, startTestServer } from '../test-server.fixture.ts';
import { manual, P, p, pipelines, set } from '../whole-server.fixture.ts';

test('a trigger, a retry and a cancel', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'chain');
  expect(await api.ask('POST', `${P}/jobs/test/trigger`)).toMatchObject({
    status: 409,
    body: { code: 'build.no_version', hint: expect.any(String) },
  });

  const build = await api.call('triggerJob', manual);
  expect(build).toMatchObject({ number: 1, status: 'pending', waitsFor: 'a worker: none is connected' });
  expect(await api.call('cancelBuild', { build: build.id })).toMatchObject({ status: 'cancelled' });
  expect(await api.ask('POST', `/builds/${build.id}/cancel`)).toMatchObject({
    status: 409,
    body: { code: 'store.conflict' },
  });

  expect(await api.call('retryBuild', { build: build.id })).toMatchObject({
    number: 2,
    cause: { kind: 'retry', ofNumber: 1, by: 'admin' },
  });
  const worker = await world.worker();
  const cancelled = Promise.withResolvers<unknown>();
  worker.queue.listen((body) => {
    const message = JSON.parse(new TextDecoder().decode(body));
    if (message.kind === 'cancel') cancelled.resolve(message);
  });
  const grant = await worker.nextBuild();
  await worker.emit(grant, started);
  await api.call('cancelBuild', { build: grant.build.id });
  expect(await cancelled.promise).toEqual({ kind: 'cancel', attempt: grant.attempt });
  const renewed = await worker.ask({
    kind: 'renew',
    worker: worker.id,
    attempts: [{ attempt: grant.attempt, fencing: grant.fencing }],
    checks: [],
  });
  expect(renewed).toEqual({ kind: 'renewed', lost: [], cancel: [grant.attempt] });
});

test('a worker says nothing of what another one runs: it is set aside', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'chain');
  const owner = await world.worker();
  const stranger = await world.worker();
  await api.call('triggerJob', manual);
  const grant = await owner.nextBuild();
  await stranger.emit(grant, started, { kind: 'attempt_ended', outcome: 'succeeded' });
  expect(await api.call('getBuild', { build: grant.build.id })).toMatchObject({ attempts: [{ startedAt: null }] });
  await owner.emit(grant, started, { kind: 'attempt_ended', outcome: 'failed' });
  expect(await api.call('getBuild', { build: grant.build.id })).toMatchObject({ status: 'failed' });
});

test('a server that ends grants nothing more, neither to questions it holds nor to new ones', async () => {
  await using world = await startTestServer(pipelines, { holdQuestionMs: 100 });
  const api = apiOf(world);
  await set(api, 'chain');
  const worker = await world.worker();
  const held = worker.next(['build']);
  await world.server.stopGranting();
  const build = await api.call('triggerJob', manual);
  expect(await held).toBeUndefined();
  expect(await worker.next(['build'])).toBeUndefined();
  expect(await api.call('getBuild', { build: build.id })).toMatchObject({ status: 'pending', attempts: [] });
});

test('a pipeline that is deleted while it builds: its worker is told to cancel at once', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'chain');
  const worker = await world.worker();
  const cancelled = Promise.withResolvers<unknown>();
  worker.queue.listen((body) => {
    const message = JSON.parse(new TextDecoder().decode(body));
    if (message.kind === 'cancel') cancelled.resolve(message);
  });
  await api.call('triggerJob', manual);
  const grant = await worker.nextBuild();
  await worker.emit(grant, started);
  expect((await api.send('DELETE', P)).status).toBe(204);
  expect(await cancelled.promise).toEqual({ kind: 'cancel', attempt: grant.attempt });
});

test('a newer version stops the older build of an interruptible job', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'impatient');
  const worker = await world.worker();
  const cancelled = Promise.withResolvers<unknown>();
  worker.queue.listen((body) => {
    const message = JSON.parse(new TextDecoder().decode(body));
    if (message.kind === 'cancel') cancelled.resolve(message);
  });
  const asked = worker.nextBuild();
  await worker.report(await worker.nextCheck(), { versions: [{ version: { ref: 'a' }, metadata: {} }] });
  const first = await asked;
  await worker.emit(first, started);

  await api.call('checkResource', { ...p, address: 'git.src' });
  await worker.report(await worker.nextCheck(), { versions: [{ version: { ref: 'b' }, metadata: {} }] });
  expect(await cancelled.promise).toEqual({ kind: 'cancel', attempt: first.attempt });
  await worker.emit(first, { kind: 'attempt_ended', outcome: 'cancelled' });
  const second = await worker.nextBuild();
  expect(second.inputs).toMatchObject({ '1': { version: { ref: 'b' } } });
  const list = await api.call('listBuilds', {}, { query: { pipeline: 'p', job: 'test' } });
  expect(list.items.map((build) => [build.number, build.status])).toEqual([
    [2, 'running'],
    [1, 'cancelled'],
  ]);
});
