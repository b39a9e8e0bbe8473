/** The command line against a whole server, over HTTP on loopback. */
import { expect, test } from 'bun:test';
import { ended, log, started, stepEnded, stepStarted } from '../server/test-server.fixture.ts';
import { get, job, model, resource, task } from '../store/contract/world.ts';
import { startRemoteWorld } from './remote-world.fixture.ts';

const pipelines = {
  chain: model([resource('src')], [job('test', [get('1', 'git.src'), task('2')]), job('manual', [task('1')])]),
};

test('a pipeline from its file to a log', async () => {
  await using all = await startRemoteWorld(pipelines, { 'p.hcl': 'chain', 'bad.hcl': 'nonsense' });
  const { pikoci, world } = all;
  expect(await pikoci('pipelines', 'list')).toMatchObject({ code: 0, out: expect.stringContaining('no pipeline') });
  expect(await pikoci('pipelines', 'set', '--pipeline-config', 'p.hcl')).toMatchObject({
    code: 0,
    out: 'pipeline p: made, revision 1\n',
  });
  expect((await pikoci('client', 'pipelines', 'set', 'p', '--pipeline-config', 'p.hcl')).out).toBe(
    'pipeline p: as it was, revision 1\n',
  );
  const invalid = await pikoci('pipelines', 'set', '--pipeline-config', 'bad.hcl');
  expect(invalid).toMatchObject({ code: 1, out: '' });
  expect(invalid.err).toContain('no pipeline "nonsense"\npipeline bad has a mistake');

  const worker = await world.worker();
  await worker.report(await worker.nextCheck(), { versions: [] });
  const checked = pikoci('resources', 'check', 'git.src', '-p', 'p', '--wait');
  await worker.report(await worker.nextCheck(), { versions: [{ version: { ref: 'a' }, metadata: {} }] });
  expect(await checked).toMatchObject({ code: 0, out: 'git.src: 1 new version\n' });
  expect((await pikoci('resources', 'versions', 'git.src', '-p', 'p')).out).toContain('ref=a');

  const watched = pikoci('builds', 'watch', '-p', 'p', '-j', 'test');
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, stepStarted('2'), log('2', 'one\n\u001b]0;title\u0007two\n'));
  await worker.emit(grant, stepEnded('2', 'failed'), ended('failed'));
  const seen = await watched;
  expect(seen.code).toBe(1);
  expect(seen.out).toContain('task-2 | one\ntask-2 | two\n');
  expect(seen.out).toContain('test #1 failed');
  // The same, told afterwards.
  expect((await pikoci('builds', 'watch', '1', '-p', 'p', '-j', 'test')).out).toContain('task-2 | one\ntask-2 | two\n');

  expect((await pikoci('builds', 'logs', '1', '--pipeline', 'p', '--job', 'test')).out).toBe(
    'one\n\u001b]0;title\u0007two\n',
  );
  expect(JSON.parse((await pikoci('builds', 'logs', '1', '--pipeline', 'p', '--job', 'test', '--json')).out)).toEqual({
    step: '2',
    name: 'task-2',
    log: 'one\n\u001b]0;title\u0007two\n',
  });
  const list = JSON.parse((await pikoci('builds', 'list', '--pipeline', 'p', '--job', 'test', '--json')).out);
  expect(list).toMatchObject([
    { number: 1, status: 'failed', versions: { 'git.src': { ref: 'a' } }, startedAt: expect.any(Number) },
  ]);
  expect((await pikoci('builds', 'get', '-p', 'p', '-j', 'test')).out).toContain('task-2');
  expect((await pikoci('builds', 'retry', '1', '-p', 'p', '-j', 'test')).out).toStartWith('build 2 of test is');
  expect((await pikoci('builds', 'cancel', '-p', 'p', '-j', 'test')).out).toStartWith('build 2 of test is');
  expect((await pikoci('jobs', 'list', '-p', 'p')).out).toMatch(/test +2 +/);
  expect((await pikoci('jobs', 'pause', 'test', '-p', 'p')).out).toBe('job test is paused\n');
  expect((await pikoci('pipelines', 'get', 'p')).out).toContain('paused by admin');
  expect((await pikoci('workers', 'list')).out).toContain('fake');
  expect((await pikoci('pipelines', 'delete', 'p')).code).toBe(0);
  expect(await pikoci('pipelines', 'get', 'p')).toMatchObject({ code: 1, err: expect.stringContaining('"p"') });
});

test('a trigger that is watched', async () => {
  await using all = await startRemoteWorld(pipelines, { 'p.hcl': 'chain', 'bad.hcl': 'nonsense' });
  const { pikoci, world } = all;
  await pikoci('pipelines', 'set', '--pipeline-config', 'p.hcl');
  const watched = pikoci('pipelines', 'trigger', '-p', 'p', '-j', 'manual', '--watch');
  const worker = await world.worker();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, stepStarted('1'), log('1', 'hi'), stepEnded('1'), ended());
  const seen = await watched;
  expect(seen.code).toBe(0);
  expect(seen.out).toContain('task-1 | hi');
});

test.each([
  [['builds', 'list', '-j', 'x'], 2, 'name it with -p PIPELINE'],
  [['builds', 'get', 'abc', '-p', 'p', '-j', 'x'], 2, 'neither the number nor the id'],
  [['builds', 'list', '-n', 'x'], 2, 'not a number of builds'],
  [['jobs', 'trigger', '-p', 'p'], 2, 'name it with -j JOB'],
  [['jobs', 'list', '-p', 'nope'], 1, 'there is no pipeline "nope" in team main'],
  [['pipelines', 'list', '--url', 'nonsense'], 2, 'is not the address of a server'],
  [['pipelines', 'list', '--url', 'http://127.0.0.1:1'], 1, 'no answer from http://127.0.0.1:1'],
  [['pipelines', 'set', '--pipeline-config', 'gone.hcl'], 2, 'cannot read gone.hcl'],
] as [string[], number, string][])('what went wrong is said: %p', async (argv, code, words) => {
  await using all = await startRemoteWorld(pipelines, { 'p.hcl': 'chain', 'bad.hcl': 'nonsense' });
  const ran = await all.pikoci(...argv);
  expect(ran).toMatchObject({ code, out: '' });
  expect(ran.err).toContain(words);
});
