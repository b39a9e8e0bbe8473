/** What happens to builds when the pipeline under them is changed or deleted, and to names that are gone: nothing is lost, and it is said. */
import { expect, test } from 'bun:test';
import { ended, log, started } from '../server/test-server.fixture.ts';
import { get, job, model, resource, task } from '../store/contract/world.ts';
import { startRemoteWorld } from './remote-world.fixture.ts';

const src = [resource('src')];
const of = (name: string, every = false) =>
  job(name, [get('1', 'git.src', every ? { version: 'every' } : {}), task('2')]);
const elsewhere = resource('src', { params: { url: { kind: 'known', value: 'https://example.test/moved' } } });
const pipelines = {
  test: model(src, [of('test')]),
  check: model(src, [of('check')]),
  every: model(src, [of('test', true), of('newest')]),
  moved: model([elsewhere], [of('test')]),
  renamed: model([resource('sources')], [job('test', [get('1', 'git.sources'), task('2')])]),
};
const FILES = Object.fromEntries(Object.keys(pipelines).map((name) => [`${name}.hcl`, name]));

async function open(first: keyof typeof pipelines) {
  const all = await startRemoteWorld(pipelines, FILES);
  const set = (name: keyof typeof pipelines) => all.pikoci('pipelines', 'set', 'p', '--pipeline-config', `${name}.hcl`);
  await set(first);
  const worker = await all.world.worker();
  const found = async (...refs: string[]) =>
    worker.report(await worker.nextCheck(), { versions: refs.map((ref) => ({ version: { ref }, metadata: {} })) });
  const json = async (...argv: string[]) => JSON.parse((await all.pikoci(...argv, '--json')).out);
  return { ...all, set, worker, found, json, [Symbol.asyncDispose]: all[Symbol.asyncDispose] };
}

test('a job that is renamed begins anew, and its history stays under the old name', async () => {
  await using all = await open('test');
  await all.found('a');
  const { worker } = all;
  await worker.emit(await worker.nextBuild(), started, log('2', 'hello'), ended());
  await all.set('check');
  const renamed = await worker.nextBuild();
  expect(renamed.build).toMatchObject({ job: 'check', number: 1 });
  expect((await all.pikoci('builds', 'logs', '1', '-p', 'p', '-j', 'test')).out).toBe('hello');
  expect((await all.pikoci('explain', '-p', 'p', '-j', 'test')).out).toContain('it is no longer in the pipeline');
  const refused = await all.pikoci('jobs', 'trigger', 'test', '-p', 'p');
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('job "test" in the pipeline any more')]);
  // And back: it goes on counting.
  await all.set('test');
  expect((await all.json('jobs', 'trigger', 'test', '-p', 'p')).number).toBe(2);
});

test('a build that runs while its job is taken out ends as it ends', async () => {
  await using all = await open('test');
  await all.found('a');
  const { worker } = all;
  const running = await worker.nextBuild();
  await all.pikoci('jobs', 'trigger', 'test', '-p', 'p');
  await all.set('check');
  const next = await worker.nextBuild();
  expect(next.build.job).toBe('check');
  await worker.emit(running, started, ended());
  await worker.emit(next, started, ended());
  // What only waited is not begun any more.
  expect(await all.json('builds', 'list', '-p', 'p', '-j', 'test')).toMatchObject([
    { number: 2, status: 'skipped', problem: { code: 'build.job_removed' } },
    { number: 1, status: 'succeeded' },
  ]);
});

test('a pipeline that is deleted while a build runs and another waits', async () => {
  await using all = await open('test');
  await all.found('a');
  const { worker } = all;
  const running = await worker.nextBuild();
  await all.pikoci('jobs', 'trigger', 'test', '-p', 'p');
  expect((await all.pikoci('pipelines', 'delete', 'p')).code).toBe(0);
  await worker.emit(running, started, log('2', 'nobody asks'), ended());
  expect((await all.pikoci('explain', '-p', 'p')).err).toContain('there is no pipeline "p"');
  // Set again it is another one, and its numbers begin at 1.
  await all.set('test');
  await all.found('a');
  expect((await worker.nextBuild()).build.number).toBe(1);
});

test('a resource that is replaced while a build of it waits: the build is not of the old one', async () => {
  await using all = await open('test');
  await all.pikoci('jobs', 'pause', 'test', '-p', 'p');
  await all.found('a');
  await all.pikoci('jobs', 'unpause', 'test', '-p', 'p');
  const { worker } = all;
  const first = await worker.nextBuild();
  expect(first.inputs['1']?.version).toEqual({ ref: 'a' });
  await worker.emit(first, started, ended());
  await all.set('moved');
  await all.found('a');
  // The same words of another place are another version.
  expect((await worker.nextBuild()).build.number).toBe(2);
});

test('a resource that is renamed is checked anew, and the job runs with what it finds', async () => {
  await using all = await open('test');
  await all.found('a');
  const { worker } = all;
  await worker.emit(await worker.nextBuild(), started, ended());
  await all.set('renamed');
  expect((await all.pikoci('explain', '-p', 'p', '-j', 'test')).out).toContain('git.sources was never checked');
  await all.found('a');
  expect(await worker.nextBuild()).toMatchObject({
    build: { number: 2 },
    inputs: { '1': { resource: 'git.sources' } },
  });
});

test('a version that is disabled while builds of every version wait is not built, and is when it is enabled again', async () => {
  await using all = await open('every');
  await all.pikoci('jobs', 'pause', 'newest', '-p', 'p');
  await all.found('a');
  const { worker } = all;
  await worker.emit(await worker.nextBuild(), started, ended());
  const check = all.pikoci('resources', 'check', 'git.src', '-p', 'p', '--wait');
  await all.found('a', 'b', 'c');
  await check;
  const queued = async (): Promise<string[]> =>
    (await all.json('builds', 'list', '-p', 'p', '-j', 'test'))
      .filter((build: { status: string }) => build.status === 'pending')
      .map((build: { versions: { 'git.src': { ref: string } } }) => build.versions['git.src'].ref);
  const until = (...refs: string[]): Promise<true> =>
    all.world.until(`builds of ${refs} wait`, async () =>
      String((await queued()).toSorted()) === String(refs) ? true : undefined,
    );
  await until('b', 'c');
  await all.pikoci('resources', 'disable', 'git.src', '-p', 'p', '--version', 'ref=b');
  await until('c');
  await all.pikoci('resources', 'enable', 'git.src', '-p', 'p', '--version', 'ref=b');
  await until('b', 'c');
});

test('thousands of versions at once: each is queued, and the server answers meanwhile', async () => {
  await using all = await open('every');
  await all.found('first');
  const { worker } = all;
  await worker.emit(await worker.nextBuild(), started, ended());
  const check = all.pikoci('resources', 'check', 'git.src', '-p', 'p', '--wait');
  await all.found(...Array.from({ length: 1_500 }, (_, index) => `v${index}`));
  expect((await check).out).toContain('1500 new versions');
  let slowest = 0;
  for (let made = 0; made < 1_500; ) {
    const before = performance.now();
    const builds = await all.json('builds', 'list', '-p', 'p', '-j', 'test', '-n', '1');
    slowest = Math.max(slowest, performance.now() - before);
    made = builds[0].number - 1;
  }
  expect(slowest).toBeLessThan(5_000);
  // The oldest first, and of the job that wants the latest only the newest.
  const granted = [await worker.nextBuild(), await worker.nextBuild()].map(({ build, inputs }) => [
    build.job,
    inputs['1']?.version.ref,
  ]);
  expect(new Map(granted as [string, string][]).get('test')).toBe('v0');
}, 60_000);
