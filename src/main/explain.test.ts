/** Each reason why a job does not run, from what happened on a whole server to the line that `pikoci explain` prints, with its way out. */
import { expect, test } from 'bun:test';
import type { BuildId } from '../lib/ids.ts';
import type { Pipeline } from '../pipeline/model.ts';
import type { ExplainView } from '../protocol/reasons.ts';
import { ended, type FakeWorker, started } from '../server/test-server.fixture.ts';
import { get, job, model, resource, task } from '../store/contract/world.ts';
import { startRemoteWorld } from './remote-world.fixture.ts';

const src = [resource('src')];
const test1 = job('test', [get('1', 'git.src'), task('2')]);
const ship = job('ship', [get('1', 'git.src', { passed: ['test'] }), task('2')]);
const pipelines = {
  one: model(src, [test1]),
  chain: model(src, [test1, ship]),
  pinned: model([resource('src', { pinned: { ref: 'zz' } })], [test1]),
  impatient: model(src, [job('test', [get('1', 'git.src'), task('2')], { interruptible: true })]),
  manual: model(src, [job('test', [get('1', 'git.src', { trigger: false }), task('2')])]),
  refused: model(src, [job('test', [get('1', 'git.src'), task('2')], { disableManualTrigger: true })]),
  tagged: model(
    [resource('src', { tags: ['arm'] })],
    [job('test', [get('1', 'git.src'), task('2')], { tags: ['arm'] })],
  ),
  serial: model(
    [],
    [
      job('test', [task('1')], { concurrency: 1 }),
      job('x', [task('1')], { serialGroups: ['g'] }),
      job('y', [task('1')], { serialGroups: ['g'] }),
    ],
  ),
} satisfies Record<string, Pipeline>;

const has = (kind: string) => (explained: ExplainView) => explained.reasons.some((reason) => reason.kind === kind);

async function open(pipeline: keyof typeof pipelines) {
  const all = await startRemoteWorld(pipelines, { 'p.hcl': pipeline });
  await all.pikoci('pipelines', 'set', '--pipeline-config', 'p.hcl');
  const { store } = all.world;
  const record = await store.findPipeline('main', 'p');
  if (record === undefined) throw new Error('no pipeline');
  const explain = async (name = 'test'): Promise<ExplainView> =>
    JSON.parse((await all.pikoci('explain', '-p', 'p', '-j', name, '--json')).out);
  return {
    ...all,
    explain,
    /** Until the scheduler has come to this: it works behind the request. */
    until: (name: string, what: string, fits = has(what)): Promise<ExplainView> =>
      all.world.until(`explain ${name}: ${what}`, async () => {
        const explained = await explain(name);
        return fits(explained) ? explained : undefined;
      }),
    /** Plays the first check of git.src with these versions. */
    async found(worker: FakeWorker, ...refs: string[]) {
      const check = await worker.nextCheck();
      await worker.report(check, { versions: refs.map((ref) => ({ version: { ref }, metadata: {} })) });
    },
    async build(worker: FakeWorker, outcome: 'succeeded' | 'failed' | 'errored' = 'succeeded') {
      const grant = await worker.nextBuild();
      await worker.emit(grant, started, ended(outcome));
      return grant;
    },
    [Symbol.asyncDispose]: all[Symbol.asyncDispose],
  };
}

const lines = async (all: Awaited<ReturnType<typeof open>>, name: string): Promise<string> =>
  (await all.pikoci('explain', '-p', 'p', '-j', name)).out;

test('a resource that was never checked, because there is no worker', async () => {
  await using all = await open('one');
  await all.until('test', 'never_checked');
  expect(await lines(all, 'test')).toMatch(
    /^test {2}does not run\n {2}git\.src was never checked: its first check waits for a worker: none is connected \(since .*\)\n {4}start a worker that may do it\n {4}pikoci resources check git\.src -p p\n$/,
  );
});

test('a resource that was never checked, because no worker has its tags', async () => {
  await using all = await open('tagged');
  await all.world.worker();
  expect((await all.until('test', 'never_checked')).reasons[0]?.text).toBe(
    'git.src was never checked: its first check waits for a worker: none has the tag arm (fake has none)',
  );
});

test('a resource whose check fails, without a version and with one', async () => {
  await using all = await open('one');
  const worker = await all.world.worker();
  const problem = { code: 'check.failed', message: 'could not reach the host', hint: 'is the address right?' };
  await worker.report(await worker.nextCheck(), { problem });
  const [reason] = (await all.until('test', 'check_failing')).reasons;
  expect(reason).toMatchObject({
    text: 'the last check of git.src failed: could not reach the host',
    wayOut: 'is the address right?',
    command: 'pikoci resources check git.src -p p',
    action: { kind: 'check', resource: 'git.src' },
  });
  await all.pikoci('resources', 'check', 'git.src', '-p', 'p');
  await all.found(worker, 'a');
  await all.build(worker);
  await all.pikoci('resources', 'check', 'git.src', '-p', 'p');
  await worker.report(await worker.nextCheck(), { problem });
  // What was built is built; something newer would not be seen.
  expect(await all.until('test', 'check_failing')).toMatchObject({
    state: 'held',
    reasons: [{ kind: 'check_failing' }],
  });
});

test('a resource without a version', async () => {
  await using all = await open('one');
  await all.found(await all.world.worker());
  expect((await all.until('test', 'no_version')).reasons[0]?.text).toBe(
    'git.src has no version yet: its checks find none',
  );
});

test('a pin in the pipeline that no version fits', async () => {
  await using all = await open('pinned');
  await all.found(await all.world.worker(), 'a');
  expect((await all.until('test', 'pin_not_found')).reasons[0]).toMatchObject({
    text: 'git.src is pinned in the pipeline to a version that no check has found',
    wayOut: 'correct the pin in the pipeline, or take it out',
  });
});

test('a pin by a person, and a version that somebody disabled', async () => {
  await using all = await open('one');
  const worker = await all.world.worker();
  await all.found(worker, 'a');
  await all.build(worker);
  await all.pikoci('resources', 'pin', 'git.src', '-p', 'p', '--version', 'ref=a', '--reason', 'release week');
  await all.pikoci('resources', 'check', 'git.src', '-p', 'p');
  await all.found(worker, 'a', 'b');
  expect((await all.until('test', 'pinned')).reasons[0]).toMatchObject({
    text: expect.stringMatching(/^git\.src has a newer version, and is pinned to ref=a by admin: release week$/),
    command: 'pikoci resources unpin git.src -p p',
    action: { kind: 'unpin', resource: 'git.src' },
    mark: { by: 'admin', reason: 'release week' },
  });
  await all.pikoci('resources', 'disable', 'git.src', '-p', 'p', '--version', 'ref=b');
  await all.pikoci('resources', 'unpin', 'git.src', '-p', 'p');
  expect((await all.until('test', 'disabled')).reasons[0]).toMatchObject({
    text: expect.stringMatching(/^the newest version of git\.src \(ref=b\) is disabled by admin/),
    command: 'pikoci resources enable git.src -p p --version ref=b',
    action: { kind: 'enable', resource: 'git.src', version: { ref: 'b' } },
  });
  // Its command is the way out.
  await all.pikoci('resources', 'enable', 'git.src', '-p', 'p', '--version', 'ref=b');
  expect((await worker.nextBuild()).inputs['1']?.version).toEqual({ ref: 'b' });
});

test('a pin to a version that somebody disabled', async () => {
  await using all = await open('one');
  const worker = await all.world.worker();
  await all.found(worker, 'a');
  await all.build(worker);
  const a = ['git.src', '-p', 'p', '--version', 'ref=a'];
  await all.pikoci('resources', 'pin', ...a);
  await all.pikoci('resources', 'disable', ...a, '--reason', 'it leaks');
  expect((await all.until('test', 'pin_disabled')).reasons[0]).toMatchObject({
    text: 'git.src is pinned to ref=a, which is disabled by admin: it leaks',
    wayOut: 'enable it, or unpin git.src',
    command: 'pikoci resources enable git.src -p p --version ref=a',
    action: { kind: 'enable', resource: 'git.src', version: { ref: 'a' } },
  });
  expect((await all.pikoci('jobs', 'trigger', 'test', '-p', 'p')).err).toContain(
    'which is disabled by admin: it leaks',
  );
});

test('no command or button that disable_manual_trigger refuses', async () => {
  await using all = await open('refused');
  const worker = await all.world.worker();
  await all.found(worker, 'a');
  await all.build(worker);
  const [idle] = (await all.until('test', 'nothing_new')).reasons;
  expect(idle).toMatchObject({ wayOut: 'a new version starts it' });
  expect(idle).not.toHaveProperty('command');
  expect(idle).not.toHaveProperty('action');
});

test('upstream: has not run, waits, runs, failed, and is paused', async () => {
  await using all = await open('chain');
  const worker = await all.world.worker();
  await all.pikoci('jobs', 'pause', 'test', '-p', 'p');
  await all.found(worker, 'a');
  const upstream = async () => (await all.until('ship', 'upstream')).reasons[0];
  const text = 'waiting for test to pass with the newest version of git.src';
  expect(await upstream()).toMatchObject({ text: `${text}: test is paused`, command: 'pikoci jobs unpause test -p p' });
  await all.pikoci('jobs', 'unpause', 'test', '-p', 'p');
  const grant = await worker.nextBuild();
  await worker.emit(grant, started);
  expect(await upstream()).toMatchObject({
    text: `${text}: test #1 is running`,
    command: 'pikoci builds watch 1 -p p -j test',
    links: [{ job: 'test', number: 1 }],
  });
  await worker.emit(grant, ended('failed'));
  const failed = await all.until(
    'ship',
    'test #1 failed',
    ({ reasons: [reason] }) => reason?.text.endsWith('failed') === true,
  );
  expect(failed.reasons[0]).toMatchObject({
    text: `${text}: test #1 failed`,
    command: 'pikoci builds retry 1 -p p -j test',
  });
  // And the way out works.
  await all.pikoci('builds', 'retry', '1', '-p', 'p', '-j', 'test');
  await all.build(worker);
  expect((await worker.nextBuild()).build.job).toBe('ship');
});

test('a paused pipeline and a paused job, also with nothing to do', async () => {
  await using all = await open('one');
  await all.pikoci('pipelines', 'pause', 'p', '--reason', 'the move');
  expect((await all.explain()).reasons[0]).toMatchObject({
    text: expect.stringMatching(/^the pipeline is paused by admin: the move$/),
    command: 'pikoci pipelines unpause p',
    action: { kind: 'unpause_pipeline' },
  });
  await all.pikoci('pipelines', 'unpause', 'p');
  await all.pikoci('jobs', 'pause', 'test', '-p', 'p');
  expect((await all.explain()).reasons[0]).toMatchObject({ kind: 'paused', command: 'pikoci jobs unpause test -p p' });
  const commands = (explained: ExplainView) => explained.reasons.map(({ command }) => command);
  await all.pikoci('pipelines', 'pause', 'p');
  const both = ['pikoci pipelines unpause p', 'pikoci jobs unpause test -p p'];
  expect(commands(await all.explain()).slice(0, 2)).toEqual(both);
  // The scheduler records one of the two.
  await all.pikoci('pipelines', 'unpause', 'p');
  await all.found(await all.world.worker(), 'a');
  await all.until('test', 'the job is paused, and nothing else', ({ reasons }) => reasons.length === 1);
  await all.pikoci('pipelines', 'pause', 'p');
  expect(commands(await all.explain())).toEqual(both);
});

test('a job that nothing triggers, and one that has nothing to do', async () => {
  await using manual = await open('manual');
  expect(await manual.explain()).toMatchObject({
    state: 'manual',
    reasons: [{ kind: 'manual_only', command: 'pikoci jobs trigger test -p p' }],
  });
  await using idle = await open('one');
  const worker = await idle.world.worker();
  await idle.found(worker, 'a');
  await idle.build(worker);
  expect(await idle.until('test', 'nothing_new')).toMatchObject({
    state: 'idle',
    summary: 'it has run with the newest version of git.src (build 1)',
  });
});

test('a build that waits: for a worker, its tags, a slot, a group, its next try', async () => {
  await using tagged = await open('tagged');
  await tagged.world.store.saveVersions(
    (await tagged.world.store.listResources((await tagged.world.store.findPipeline('main', 'p'))!.id))[0]!.id,
    [{ version: { ref: 'a' }, metadata: {} }],
    Date.now(),
  );
  await tagged.pikoci('jobs', 'trigger', 'test', '-p', 'p');
  const wait = async (all: typeof tagged, name: string) => (await all.explain(name)).waiting[0]?.wait;
  expect(await wait(tagged, 'test')).toMatchObject({ kind: 'no_worker', text: 'a worker: none is connected' });
  await tagged.world.worker();
  expect(await wait(tagged, 'test')).toMatchObject({
    text: 'a worker: none has the tag arm (fake has none)',
    command: 'pikoci worker --tags arm',
  });

  await using all = await open('serial');
  for (const name of ['test', 'test', 'x', 'y']) await all.pikoci('jobs', 'trigger', name, '-p', 'p');
  const worker = await all.world.worker();
  const first = await worker.nextBuild();
  expect(await wait(all, 'test')).toMatchObject({
    kind: 'concurrency',
    text: 'build 1 of this job to end',
    links: [{ job: 'test', number: 1 }],
  });
  await worker.nextBuild();
  expect(await wait(all, 'y')).toMatchObject({
    text: 'build 1 of x to end (serial group g)',
    command: 'pikoci builds cancel 1 -p p -j x',
  });
  await worker.emit(first, started, ended('errored'));
  await all.until('test', 'a retry waits', ({ waiting }) => waiting.some(({ wait: { kind } }) => kind === 'retry'));
  const explained = await all.explain('test');
  expect(explained.waiting.map((one) => one.wait.kind)).toEqual(['retry', 'concurrency']);
  expect(explained.waiting[0]?.wait.until).toBeGreaterThan(Date.now() - 5_000);
  expect((await all.pikoci('explain', '-p', 'p')).out).toContain('build 2 waits for build 1 of this job to end');
});

test('who watches a build that waits sees what it waits for change', async () => {
  await using all = await open('serial');
  await all.pikoci('jobs', 'trigger', 'test', '-p', 'p');
  await all.pikoci('jobs', 'trigger', 'test', '-p', 'p');
  const { id } = JSON.parse((await all.pikoci('builds', 'get', '2', '-p', 'p', '-j', 'test', '--json')).out);
  const headers = { authorization: `Bearer ${all.world.token}`, accept: 'text/event-stream' };
  const { body } = await all.world.fetch(new Request(`http://ci.test/api/v1/builds/${id}/events`, { headers }));
  if (body === null) throw new Error('no stream');
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  const until = async (text: string): Promise<void> => {
    while (!seen.includes(text)) seen += (await reader.read()).value ?? '';
  };
  await until('a worker: none is connected');
  const worker = await all.world.worker();
  const first = await worker.nextBuild();
  // Nothing has happened to the build itself.
  await until('build 1 of this job to end');
  await all.pikoci('jobs', 'pause', 'test', '-p', 'p');
  await until('the job to go on: it is paused by admin');
  await all.pikoci('jobs', 'unpause', 'test', '-p', 'p');
  await worker.emit(first, started, ended());
  await worker.emit(await worker.nextBuild(), started, ended());
  await until('"status":"succeeded"');
  await reader.cancel();
});

test('what is not there', async () => {
  await using all = await open('chain');
  expect((await all.pikoci('explain', '-p', 'p', '-j', 'shp')).err).toContain('did you mean ship?');
  expect((await all.pikoci('explain')).code).toBe(2);
});

test('a build that a newer one stopped', async () => {
  await using all = await open('impatient');
  const worker = await all.world.worker();
  await all.found(worker, 'a');
  const first = await worker.nextBuild();
  await worker.emit(first, started);
  await all.pikoci('resources', 'check', 'git.src', '-p', 'p');
  await all.found(worker, 'b');
  await all.world.until('build 1 to be cancelled', async () => {
    const { cancelRequestedBy } = (await all.world.store.getBuildRecord(first.build.id as BuildId)) ?? {};
    return cancelRequestedBy === undefined ? undefined : true;
  });
  await worker.emit(first, { kind: 'attempt_ended', outcome: 'cancelled' });
  await worker.emit(await worker.nextBuild(), started);
  expect(await lines(all, 'test')).toBe(
    'test  runs\n  build 1 was stopped: a newer one of the same branch came, and the job is interruptible\n' +
      '    the newer one has what is newest; retry it if this version is wanted too\n    pikoci builds retry 1 -p p -j test\n',
  );
});
