import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pipeline } from '../pipeline/model.ts';
import type { PlanValue } from '../pipeline/plan-value.ts';
import type { BuildStreamMessage } from '../protocol/builds.ts';
import { get, job, model, resource, task } from '../store/contract/world.ts';
import { type ApiCalls, apiOf, bundleOf } from './api-calls.fixture.ts';
import { ended, log, started, startTestServer, stepEnded, stepStarted } from './test-server.fixture.ts';

/** Two jobs in a row over one resource, and one that only people start. */
const chain = model(
  [resource('src', { schedule: { kind: 'every', ms: 3_600_000 } })],
  [
    job('test', [get('1', 'git.src'), task('2')]),
    job('deploy', [get('1', 'git.src', { passed: ['test'] }), task('2')]),
    job('manual', [task('1')]),
  ],
);

/** Something newer stops what runs. */
const impatient = model([resource('src')], [job('test', [get('1', 'git.src'), task('2')], { interruptible: true })]);

const pipelines: Record<string, Pipeline> = { chain, impatient };
const p = { team: 'main', pipeline: 'p' };
const P = '/teams/main/pipelines/p';
const manual = { ...p, job: 'manual' };

const set = (api: ApiCalls, name: string, variables = {}) =>
  api.call('setPipeline', p, { body: bundleOf(name, variables) });

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

/** Reads messages until one satisfies, and gives them all. */
async function readUntil(response: Response, over: (message: BuildStreamMessage) => boolean) {
  const seen: { id: string | undefined; message: BuildStreamMessage }[] = [];
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of response.body ?? []) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks.filter((text) => !text.startsWith(':'))) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const message = JSON.parse(field('data') ?? '') as BuildStreamMessage;
      seen.push({ id: field('id'), message });
      if (over(message)) return seen;
    }
  }
  return seen;
}

const textOf = (seen: readonly { message: BuildStreamMessage }[]): string =>
  seen.map(({ message }) => (message.event === 'log' ? message.text : '')).join('');

test('a build is watched live, and gone on with where a reader stopped', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'chain');
  const build = await api.call('triggerJob', manual);
  const live = readUntil(await api.send('GET', `/builds/${build.id}/events`), ({ event }) => event === 'end');
  const worker = await world.worker();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, stepStarted('1'));
  const euro = new TextEncoder().encode('1 €\n');
  await worker.emit(grant, log('1', euro.subarray(0, 3)));
  await worker.emit(grant, log('1', euro.subarray(3)));
  await worker.emit(grant, log('1', new Uint8Array([0xe2])), stepEnded('1'), ended());

  const seen = await live;
  expect(seen[0]?.message).toMatchObject({ event: 'snapshot', build: { status: 'pending', attempts: [] } });
  expect(textOf(seen)).toBe('1 €\n\ufffd');
  const kinds = seen.map(({ message }) => message.event);
  expect(kinds.indexOf('attempt')).toBeLessThan(kinds.indexOf('step'));
  expect(kinds.indexOf('step')).toBeLessThan(kinds.indexOf('log'));
  const last = (kind: string) => seen.findLast(({ message }) => message.event === kind)?.message;
  expect(last('build')).toMatchObject({ build: { status: 'succeeded' } });
  expect(last('attempt')).toMatchObject({ attempt: { status: 'ended', steps: [{ step: '1', status: 'succeeded' }] } });
  expect(last('step')).toMatchObject({ state: { status: 'succeeded', exitCode: 0 } });

  // From every message on: what follows is neither lost nor repeated.
  const numbered = seen.filter(({ id }) => id !== undefined);
  for (const [index, { id }] of numbered.entries()) {
    const rest = await readUntil(
      await api.send('GET', `/builds/${build.id}/events`, undefined, { 'last-event-id': id ?? '' }),
      ({ event }) => event === 'end',
    );
    expect(rest.map(({ message }) => message.event)).not.toContain('snapshot');
    expect(textOf(rest)).toBe(textOf(numbered.slice(index + 1)));
  }

  const whole = await readUntil(await api.send('GET', `/builds/${build.id}/events`), ({ event }) => event === 'end');
  expect(whole.map(({ message }) => message.event)).toEqual(['snapshot', 'log', 'log', 'log', 'end']);
  expect(textOf(whole)).toBe('1 €\n\ufffd');
});

test('of a long log the end is sent first', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'chain');
  const build = await api.call('triggerJob', manual);
  const worker = await world.worker();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, stepStarted('1'));
  const lines = 40_000;
  const line = (n: number): string => `line ${String(n).padStart(8, '0')} of a log that is long, ${'x'.repeat(60)}\n`;
  for (let n = 0; n < lines; n += 1_000) {
    await worker.emit(grant, log('1', Array.from({ length: 1_000 }, (_, i) => line(n + i)).join('')));
  }
  await worker.emit(grant, stepEnded('1'), ended());
  const seen = await readUntil(await api.send('GET', `/builds/${build.id}/events`), ({ event }) => event === 'end');
  const skipped = seen.find(({ message }) => message.event === 'log_skipped')?.message;
  const first = seen.find(({ message }) => message.event === 'log')?.message;
  if (skipped?.event !== 'log_skipped' || first?.event !== 'log') throw new Error('expected both');
  expect([skipped.offset, skipped.firstLine]).toEqual([first.offset, first.firstLine]);
  expect(skipped.offset).toBe(skipped.firstLine * line(0).length);
  const text = textOf(seen);
  expect(text.endsWith(line(lines - 1))).toBe(true);
  expect(text.length).toBeLessThan(1.1 * 1024 * 1024);
  expect(skipped.offset + text.length).toBe(lines * line(0).length);
});

test.each(['all', 'tail'])('a reader that fell far behind and asked for the %s', async (behind) => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'chain');
  const build = await api.call('triggerJob', manual);
  const worker = await world.worker();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, stepStarted('1'));
  const slow = await api.send('GET', `/builds/${build.id}/events?behind=${behind}`);
  const lines = 60_000;
  const line = (n: number): string => `line ${String(n).padStart(8, '0')} of a log that is long, ${'x'.repeat(60)}\n`;
  for (let n = 0; n < lines; n += 1_000) {
    await worker.emit(grant, log('1', Array.from({ length: 1_000 }, (_, i) => line(n + i)).join('')));
  }
  await worker.emit(grant, stepEnded('1'), ended());
  const seen = await readUntil(slow, ({ event }) => event === 'end');
  let place = 0;
  let skipped = 0;
  for (const { message } of seen) {
    if (message.event === 'log_skipped') {
      skipped += message.offset - place;
      expect(message.offset).toBe(message.firstLine * line(0).length);
      place = message.offset;
    }
    if (message.event !== 'log') continue;
    expect(message.offset).toBe(place);
    place += message.text.length;
  }
  expect(place).toBe(lines * line(0).length);
  expect(textOf(seen).endsWith(line(lines - 1))).toBe(true);
  expect(skipped > 0).toBe(behind === 'tail');
  // What tells where a reader is comes after all that it stands for.
  const numbered = seen.filter(({ id }) => id !== undefined);
  const rest = await readUntil(
    await api.send('GET', `/builds/${build.id}/events`, undefined, { 'last-event-id': numbered.at(-1)?.id ?? '' }),
    ({ event }) => event === 'end',
  );
  expect(textOf(rest)).toBe('');
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
