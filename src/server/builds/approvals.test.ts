import { expect, test } from 'bun:test';
import { silentLogger } from '../../lib/logger.ts';
import type { Approval } from '../../pipeline/approval.ts';
import type { JobInput } from '../../pipeline/job-input.ts';
import type { Pipeline } from '../../pipeline/model.ts';
import { get, job, model, resource, task } from '../../store/contract/world.ts';
import { createAccess } from '../access.ts';
import type { Principal } from '../auth/principal.ts';
import type { Call } from '../http/call.ts';
import { createRevisions } from '../pipelines/revisions.ts';
import { ended, started, startTestServer, type TestServer } from '../test-server.fixture.ts';
import { approvalRoutes } from './approval-routes.ts';
import { createBuildViews } from './build-views.ts';

const input = (name: string, more: Partial<JobInput> = {}): JobInput => ({
  name,
  type: 'string',
  required: false,
  sensitive: false,
  ...more,
});
const two: Approval[] = [{ label: 'release', approvals: 2, message: 'Ship it?' }];
const src = resource('src', { schedule: { kind: 'every', ms: 3_600_000 } });
const pipelines: Record<string, Pipeline> = {
  gated: model(
    [src],
    [
      job('deploy', [get('1', 'git.src'), task('2')], {
        approvals: two,
        inputs: [
          input('target', { options: ['staging', 'production'], default: 'staging' }),
          input('count', { type: 'number', default: 1 }),
        ],
      }),
    ],
  ),
  quick: model([], [job('deploy', [task('1')], { approvals: [{ label: 'release', approvals: 1, timeoutMs: 1 }] })]),
  asks: model(
    [],
    [
      job('deploy', [task('1')], {
        inputs: [input('version', { required: true }), input('token', { sensitive: true })],
      }),
    ],
  ),
};
const P = '/teams/main/pipelines/p';

// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects below
type Answer = any;

async function call(world: TestServer, method: string, path: string, body?: unknown): Promise<[number, Answer]> {
  const answer = await world.fetch(
    new Request(`http://ci.test/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${world.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
  return [answer.status, await answer.json()];
}

const set = (world: TestServer, name: string) =>
  call(world, 'PUT', P, { bundle: { main: 'p.hcl', files: { 'p.hcl': name } }, variables: {} });

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
    wakeups: { schedule: nothing, work: nothing, workAt: nothing, checks: nothing, feed: nothing, build: nothing },
    views: createBuildViews({ store, revisions: createRevisions(store), clock, storage }),
  });
  const vote = (route: 'approveBuild' | 'rejectBuild') => (name: string, build: string, body?: object) => {
    const principal: Principal = { name, role: 'write' };
    return routes[route]({ principal, params: { build }, body } as Call<'approveBuild'>);
  };
  return { approve: vote('approveBuild'), reject: vote('rejectBuild') };
}

test('a new version waits for two people, who see what they approve, and is then run', async () => {
  await using world = await startTestServer(pipelines);
  await set(world, 'gated');
  const worker = await world.worker();
  await worker.report(await worker.nextCheck(), { versions: [{ version: { ref: 'a' }, metadata: {} }] });
  const { approve } = people(world);
  let build: Answer;
  while (build === undefined)
    [
      ,
      {
        items: [build],
      },
    ] = await call(world, 'GET', '/builds?pipeline=p');
  expect(build).toMatchObject({
    status: 'waiting_for_approval',
    waitsFor: 'approval: release (0 of 2)',
    versions: { 'git.src': { ref: 'a' } },
    approval: { gates: [{ label: 'release', message: 'Ship it?', needed: 2, open: true, votes: [] }] },
  });
  const { seen } = build.approval;
  expect(await approve('ada', build.id, { seen, reason: 'tested' })).toMatchObject({
    status: 'waiting_for_approval',
    waitsFor: 'approval: release (1 of 2)',
    approval: { gates: [{ votes: [{ by: 'ada', vote: 'approved', reason: 'tested' }] }] },
  });
  await expect(approve('ada', build.id)).rejects.toMatchObject({ code: 'approval.voted' });
  await expect(approve('bob', build.id, { seen: 'another' })).rejects.toMatchObject({ code: 'approval.changed' });
  const asked = worker.nextBuild();
  expect(await call(world, 'POST', `/builds/${build.id}/approve`, { seen })).toMatchObject([
    200,
    { status: 'pending' },
  ]);
  const grant = await asked;
  expect(grant).toMatchObject({ build: { number: 1 }, inputValues: { target: 'staging', count: 1 } });
  await worker.emit(grant, started, ended());
  const [, detail] = await call(world, 'GET', `${P}/jobs/deploy/builds/1`);
  expect(detail.approval.gates[0].votes.map((vote: { by: string }) => vote.by)).toEqual(['ada', 'admin']);
  expect(detail.inputValues).toEqual([
    { name: 'target', sensitive: false, value: 'staging' },
    { name: 'count', sensitive: false, value: 1 },
  ]);
  expect(await call(world, 'POST', `/builds/${build.id}/approve`)).toMatchObject([409, { code: 'store.conflict' }]);
});

test('a rejection says who and why; a retry asks again, with the same inputs', async () => {
  await using world = await startTestServer(pipelines);
  await set(world, 'gated');
  const worker = await world.worker();
  await worker.report(await worker.nextCheck(), { versions: [{ version: { ref: 'a' }, metadata: {} }] });
  const trigger = (inputs: object) => call(world, 'POST', `${P}/jobs/deploy/trigger`, { inputs });
  const [status, build] = await trigger({ target: 'production', count: '3' });
  expect([status, build.status]).toEqual([201, 'waiting_for_approval']);
  expect(await people(world).reject('bob', build.id, { reason: 'not on a Friday' })).toMatchObject({
    status: 'cancelled',
    problem: { code: 'build.rejected', message: 'rejected by bob (release): not on a Friday' },
  });
  const [, again] = await call(world, 'POST', `/builds/${build.id}/retry`);
  expect(again).toMatchObject({ status: 'waiting_for_approval', approval: { gates: [{ votes: [] }] } });
  const [, detail] = await call(world, 'GET', `/builds/${again.id}`);
  expect(detail.inputValues).toMatchObject([{ value: 'production' }, { value: 3 }]);
  expect(await call(world, 'POST', `/builds/${again.id}/cancel`)).toMatchObject([200, { status: 'cancelled' }]);
});

test('what nobody approves in time is cancelled by itself', async () => {
  await using world = await startTestServer(pipelines);
  await set(world, 'quick');
  const [, build] = await call(world, 'POST', `${P}/jobs/deploy/trigger`);
  await Bun.sleep(2);
  expect(await call(world, 'POST', `/builds/${build.id}/approve`)).toMatchObject([409, { code: 'store.conflict' }]);
  await using events = streamOf(world, build.id);
  expect(await events.until('build_ended')).toMatchObject({
    status: 'cancelled',
    problem: { code: 'build.approval_timeout' },
  });
});

/** The build as its stream tells of it. */
function streamOf(world: TestServer, id: string) {
  const cut = new AbortController();
  return {
    async until(_: 'build_ended'): Promise<Answer> {
      const answer = await world.fetch(
        new Request(`http://ci.test/api/v1/builds/${id}/events`, {
          headers: { authorization: `Bearer ${world.token}` },
          signal: cut.signal,
        }),
      );
      let text = '';
      for await (const bytes of answer.body ?? []) text += new TextDecoder().decode(bytes);
      const messages = [...text.matchAll(/^data: (.*)$/gm)].map((match) => JSON.parse(match[1] ?? ''));
      return messages.filter((message) => message.build !== undefined).at(-1)?.build;
    },
    async [Symbol.asyncDispose]() {
      cut.abort();
    },
  };
}

test.each([
  ['input.unknown', { verson: '1' }, 'did you mean "version"?'],
  ['input.missing', {}, 'a text'],
  ['input.bad_value', { version: { a: 1 } }, 'a text'],
  ['input.too_long', { version: 'x'.repeat(1024 * 1024) }, 'resource'],
])('inputs that are not right are refused: %s', async (code, inputs, hint) => {
  await using world = await startTestServer(pipelines);
  await set(world, 'asks');
  const [status, problem] = await call(world, 'POST', `${P}/jobs/deploy/trigger`, { inputs });
  expect([status, problem.code]).toEqual([422, code]);
  expect(problem.hint).toContain(hint);
  expect(await call(world, 'GET', '/builds')).toMatchObject([200, { items: [] }]);
});

test('a sensitive input is in no answer and not in the database in clear', async () => {
  await using world = await startTestServer(pipelines);
  await set(world, 'asks');
  const [, build] = await call(world, 'POST', `${P}/jobs/deploy/trigger`, {
    inputs: { version: '1', token: 'hunter2' },
  });
  const [, detail] = await call(world, 'GET', `/builds/${build.id}`);
  expect(detail.inputValues).toEqual([
    { name: 'version', sensitive: false, value: '1' },
    { name: 'token', sensitive: true },
  ]);
  expect(JSON.stringify(detail)).not.toContain('hunter2');
  const stored = await world.store.getBuild(build.id);
  expect(stored?.sealedInputs).toBeString();
  expect(JSON.stringify(stored)).not.toContain('hunter2');
  expect(Buffer.from(stored?.sealedInputs ?? '', 'base64').toString('latin1')).not.toContain('hunter2');
  const [, again] = await call(world, 'POST', `/builds/${build.id}/retry`);
  expect((await world.store.getBuild(again.id))?.sealedInputs).toBe(stored?.sealedInputs ?? '');
});
