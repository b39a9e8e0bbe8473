import { expect, test } from 'bun:test';
import type { BuildId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { Approval } from '../../pipeline/approval.ts';
import { jobInput } from '../../pipeline/job-input.fixture.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import { buildStreamMessage } from '../../protocol/builds.ts';
import { get, job, model, resource, some, task } from '../../store/contract/world.ts';
import { createAccess } from '../access.ts';
import { type ApiCalls, apiOf, bundleOf } from '../api-calls.fixture.ts';
import type { Asker } from '../auth/principal.ts';
import { HeldTime } from '../held-time.fixture.ts';
import type { Call } from '../http/call.ts';
import { createRevisions } from '../pipelines/revisions.ts';
import { ended, started, startTestServer, type TestServer } from '../test-server.fixture.ts';
import { approvalRoutes } from './approval-routes.ts';
import { createBuildViews } from './build-views.ts';

const MINUTE = 60_000;
const two: Approval[] = [{ label: 'release', approvals: 2, message: 'Ship it?' }];
const src = resource('src', { schedule: { kind: 'every', ms: 3_600_000 } });
const pipelines = {
  gated: model(
    [src],
    [
      job('deploy', [get('1', 'git.src'), task('2')], {
        approvals: two,
        inputs: [
          jobInput('target', { options: ['staging', 'production'], default: 'staging' }),
          jobInput('count', { type: 'number', default: 1 }),
        ],
      }),
    ],
  ),
  impatient: model(
    [src],
    [
      job('deploy', [get('1', 'git.src'), task('2')], {
        approvals: [{ label: 'release', approvals: 1 }],
        interruptible: true,
      }),
    ],
  ),
  quick: model(
    [],
    [job('deploy', [task('1')], { approvals: [{ label: 'release', approvals: 1, timeoutMs: MINUTE }] })],
  ),
  asks: model(
    [],
    [
      job('deploy', [task('1')], {
        inputs: [jobInput('version', { required: true }), jobInput('token', { sensitive: true })],
      }),
    ],
  ),
} satisfies Record<string, Pipeline>;
const p = { team: 'main', pipeline: 'p' };
const deploy = { ...p, job: 'deploy' };

const set = (api: ApiCalls, name: keyof typeof pipelines) => api.call('setPipeline', p, { body: bundleOf(name) });

/** Votes as several people, of whom the server knows one only. */
function people(world: TestServer) {
  const { store, storage } = world;
  const clock = { now: () => Date.now() };
  const nothing = () => undefined;
  const routes = approvalRoutes({
    store,
    clock,
    access: createAccess(store),
    logger: silentLogger,
    wakeups: {
      schedule: nothing,
      work: nothing,
      workAt: nothing,
      checks: nothing,
      webhooks: nothing,
      feed: nothing,
      build: nothing,
      events: nothing,
    },
    views: createBuildViews({ store, revisions: createRevisions(store), clock, storage }),
  });
  const vote = (route: 'approveBuild' | 'rejectBuild') => (name: string, build: string, body?: object) => {
    const principal: Asker = {
      name,
      kind: 'user',
      admin: false,
      roles: new Map([['main', 'write']]),
      needs: 'write',
      about: () => undefined,
    };
    return routes[route]({ principal, params: { build }, body } as Call<'approveBuild'>);
  };
  return { approve: vote('approveBuild'), reject: vote('rejectBuild') };
}

test('a new version waits for two people, who see what they approve, and is then run', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'gated');
  const worker = await world.worker();
  await worker.report(await worker.nextCheck(), { versions: [{ version: { ref: 'a' }, metadata: {} }] });
  const { approve } = people(world);
  const build = await world.until('the new version has a build', async () => {
    const { items } = await api.call('listBuilds', {}, { query: { pipeline: 'p' } });
    return items[0];
  });
  expect(build).toMatchObject({
    status: 'waiting_for_approval',
    waitsFor: 'approval: release (0 of 2)',
    versions: { 'git.src': { ref: 'a' } },
    approval: { gates: [{ label: 'release', message: 'Ship it?', needed: 2, open: true, votes: [] }] },
  });
  const { seen } = some(build.approval);
  expect(await approve('ada', build.id, { seen, reason: 'tested' })).toMatchObject({
    status: 'waiting_for_approval',
    waitsFor: 'approval: release (1 of 2)',
    approval: { gates: [{ votes: [{ by: 'ada', vote: 'approved', reason: 'tested' }] }] },
  });
  await expect(approve('ada', build.id)).rejects.toMatchObject({ code: 'approval.voted' });
  await expect(approve('bob', build.id, { seen: 'another' })).rejects.toMatchObject({ code: 'approval.changed' });
  const asked = worker.nextBuild();
  expect(await api.call('approveBuild', { build: build.id }, { body: { seen } })).toMatchObject({ status: 'pending' });
  const grant = await asked;
  expect(grant).toMatchObject({ build: { number: 1 }, inputValues: { target: 'staging', count: 1 } });
  await worker.emit(grant, started, ended());
  const detail = await api.call('getJobBuild', { ...deploy, number: '1' });
  expect(detail.approval?.gates[0]?.votes.map((vote) => vote.by)).toEqual(['ada', 'admin']);
  expect(detail.inputValues).toEqual([
    { name: 'target', sensitive: false, value: 'staging' },
    { name: 'count', sensitive: false, value: 1 },
  ]);
  expect(await api.ask('POST', `/builds/${build.id}/approve`)).toMatchObject({
    status: 409,
    body: { code: 'store.conflict' },
  });
});

test('of an interruptible job what runs goes on until the newer one has its approval', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'impatient');
  const worker = await world.worker();
  const find = async (...refs: string[]): Promise<void> =>
    worker.report(await worker.nextCheck(), { versions: refs.map((ref) => ({ version: { ref }, metadata: {} })) });
  const waiting = (number: number) =>
    world.until(`build ${number} waits for approval`, async () => {
      const { items } = await api.call('listBuilds', {}, { query: { pipeline: 'p' } });
      return items.find((build) => build.number === number && build.status === 'waiting_for_approval');
    });
  const cancelOf = async (grant: { attempt: string; fencing: number }) => {
    const attempts = [{ attempt: grant.attempt, fencing: grant.fencing }];
    const renewed = await worker.ask({ kind: 'renew', worker: worker.id, attempts, checks: [] });
    return renewed.kind === 'renewed' ? renewed.cancel : undefined;
  };
  await find('a');
  const asked = worker.nextBuild();
  await api.call('approveBuild', { build: (await waiting(1)).id });
  const first = await asked;
  await worker.emit(first, started);
  await api.call('checkResource', { ...p, address: 'git.src' });
  await find('b');
  const second = await waiting(2);
  expect(await cancelOf(first)).toEqual([]);
  await api.call('approveBuild', { build: second.id });
  await world.until('the older build is to be cancelled', async () =>
    (await cancelOf(first))?.length ? true : undefined,
  );
  await worker.emit(first, { kind: 'attempt_ended', outcome: 'cancelled' });
});

test('a rejection says who and why; a retry asks again, with the same inputs', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'gated');
  const worker = await world.worker();
  await worker.report(await worker.nextCheck(), { versions: [{ version: { ref: 'a' }, metadata: {} }] });
  const inputs = { target: 'production', count: '3' };
  const build = await api.call('triggerJob', deploy, { body: { inputs } });
  expect(build.status).toBe('waiting_for_approval');
  expect(await people(world).reject('bob', build.id, { reason: 'not on a Friday' })).toMatchObject({
    status: 'cancelled',
    problem: { code: 'build.rejected', message: 'rejected by bob (release): not on a Friday' },
  });
  const again = await api.call('retryBuild', { build: build.id });
  expect(again).toMatchObject({ status: 'waiting_for_approval', approval: { gates: [{ votes: [] }] } });
  const detail = await api.call('getBuild', { build: again.id });
  expect(detail.inputValues).toMatchObject([{ value: 'production' }, { value: 3 }]);
  expect(await api.call('cancelBuild', { build: again.id })).toMatchObject({ status: 'cancelled' });
});

test('what nobody approves in time is cancelled by itself', async () => {
  const time = new HeldTime();
  await using world = await startTestServer(pipelines, {}, undefined, time);
  const api = apiOf(world);
  await set(api, 'quick');
  const build = await api.call('triggerJob', deploy);
  time.clock.forward(MINUTE);
  // Too late, although nobody has looked yet.
  expect(await api.ask('POST', `/builds/${build.id}/approve`)).toMatchObject({
    status: 409,
    body: { code: 'store.conflict' },
  });
  const events = await api.send('GET', `/builds/${build.id}/events`);
  time.ring();
  // The stream ends with the build.
  const messages = (await events.text()).matchAll(/^data: (.*)$/gm);
  const told = [...messages].map(([, data]) => buildStreamMessage.parse(JSON.parse(data ?? '')));
  expect(told.findLast((message) => 'build' in message)).toMatchObject({
    build: { status: 'cancelled', problem: { code: 'build.approval_timeout' } },
  });
});

test.each([
  ['input.unknown', { verson: '1' }, 'did you mean "version"?'],
  ['input.missing', {}, 'a text'],
  ['input.bad_value', { version: { a: 1 } }, 'a text'],
  ['input.too_long', { version: 'x'.repeat(1024 * 1024) }, 'resource'],
])('inputs that are not right are refused: %s', async (code, inputs, hint) => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'asks');
  expect(await api.ask('POST', '/teams/main/pipelines/p/jobs/deploy/trigger', { inputs })).toMatchObject({
    status: 422,
    body: { code, hint: expect.stringContaining(hint) },
  });
  expect(await api.call('listBuilds', {})).toMatchObject({ items: [] });
});

test('a sensitive input is in no answer and not in the database in clear', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'asks');
  const build = await api.call('triggerJob', deploy, { body: { inputs: { version: '1', token: 'hunter2' } } });
  const detail = await api.call('getBuild', { build: build.id });
  expect(detail.inputValues).toEqual([
    { name: 'version', sensitive: false, value: '1' },
    { name: 'token', sensitive: true },
  ]);
  expect(JSON.stringify(detail)).not.toContain('hunter2');
  const stored = await world.store.getBuild(build.id as BuildId);
  expect(stored?.sealedInputs).toBeString();
  expect(JSON.stringify(stored)).not.toContain('hunter2');
  expect(Buffer.from(stored?.sealedInputs ?? '', 'base64').toString('latin1')).not.toContain('hunter2');
  const again = await api.call('retryBuild', { build: build.id });
  expect((await world.store.getBuild(again.id as BuildId))?.sealedInputs).toBe(stored?.sealedInputs ?? '');
});
