/** What people do with versions, jobs and pipelines: by the command line, against a whole server, and how it is seen afterwards. */
import { expect, test } from 'bun:test';
import { ended, started } from '../server/test-server.fixture.ts';
import { get, job, model, resource, task } from '../store/contract/world.ts';
import { startRemoteWorld } from './remote-world.fixture.ts';

const pipelines = {
  chain: model(
    [resource('src'), resource('tools')],
    [
      job('test', [get('1', 'git.src'), get('2', 'git.tools', { trigger: false }), task('3')]),
      job('ship', [get('1', 'git.src', { passed: ['test'] }), task('2')]),
    ],
  ),
};
const NAMES = ['-p', 'p'] as const;

/** A server with the versions `refs` of git.src, oldest first, and one of git.tools. */
async function open(...refs: readonly string[]) {
  const all = await startRemoteWorld(pipelines, { 'p.hcl': 'chain' });
  await all.pikoci('pipelines', 'set', '--pipeline-config', 'p.hcl');
  await all.pikoci('pipelines', 'pause', 'p', '--reason', 'to begin slowly');
  const pipeline = await all.world.store.findPipeline('main', 'p');
  if (pipeline === undefined) throw new Error('no pipeline');
  const found = async (address: string, ...versions: readonly string[]) => {
    const resources = await all.world.store.listResources(pipeline.id);
    const { id } = resources.find((one) => one.address === address) ?? {};
    if (id === undefined) throw new Error(`no ${address}`);
    await all.world.store.saveVersions(
      id,
      versions.map((ref) => ({ version: { ref }, metadata: {} })),
      Date.now(),
    );
  };
  await found('git.src', ...refs);
  await found('git.tools', 't1');
  const json = async (...argv: string[]) => JSON.parse((await all.pikoci(...argv, '--json')).out);
  return { ...all, found, json, [Symbol.asyncDispose]: all[Symbol.asyncDispose] };
}

test('a pipeline and a job that are paused say by whom and why, and go on', async () => {
  await using all = await open('aaaa1111');
  expect((await all.pikoci('pipelines', 'get', 'p')).out).toContain('paused by admin: to begin slowly');
  expect(await all.json('pipelines', 'unpause', 'p')).not.toHaveProperty('pause');
  expect(await all.json('jobs', 'pause', 'test', ...NAMES, '--reason', 'it is being rewritten')).toMatchObject({
    paused: true,
    pause: { by: 'admin', at: expect.any(Number), reason: 'it is being rewritten' },
  });
  expect((await all.pikoci('jobs', 'list', ...NAMES)).out).toContain('paused by admin: it is being rewritten');
  expect(await all.json('jobs', 'unpause', 'test', ...NAMES)).not.toHaveProperty('pause');
});

test('a version is pinned, and builds get it until it is unpinned', async () => {
  await using all = await open('aaaa1111', 'bbbb2222');
  const pinned = await all.pikoci(
    'resources',
    'pin',
    'git.src',
    ...NAMES,
    '--version',
    'ref=aaaa',
    '--reason',
    'b hangs',
  );
  expect(pinned.out).toBe(
    'git.src is pinned to ref=aaaa1111: builds get it until pikoci resources unpin git.src -p p\n',
  );
  expect(await all.json('resources', 'list', ...NAMES)).toMatchObject([
    { address: 'git.src', pinned: { ref: 'aaaa1111' }, pin: { by: 'admin', reason: 'b hangs' } },
    { address: 'git.tools' },
  ]);
  expect((await all.pikoci('resources', 'list', ...NAMES)).out).toContain('ref=aaaa1111 by admin: b hangs');
  expect(await all.json('jobs', 'trigger', 'test', ...NAMES)).toMatchObject({
    versions: { 'git.src': { ref: 'aaaa1111' } },
  });
  expect((await all.pikoci('resources', 'unpin', 'git.src', ...NAMES)).out).toBe('git.src is not pinned any more\n');
  expect(await all.json('jobs', 'trigger', 'test', ...NAMES)).toMatchObject({
    versions: { 'git.src': { ref: 'bbbb2222' } },
  });
});

test('a check that is under way is told', async () => {
  await using all = await open('aaaa1111');
  const check = await all.json('resources', 'check', 'git.src', ...NAMES);
  expect((await all.json('resources', 'list', ...NAMES))[0]).toMatchObject({ checkingSince: check.requestedAt });
});

test('a version is disabled, and enabled again', async () => {
  await using all = await open('aaaa1111', 'bbbb2222');
  const version = ['--version', 'ref=bbbb2222'] as const;
  expect((await all.pikoci('resources', 'disable', 'git.src', ...NAMES, ...version, '--reason', 'broken')).out).toBe(
    'no build gets ref=bbbb2222 of git.src\n',
  );
  expect((await all.pikoci('resources', 'versions', 'git.src', ...NAMES)).out).toContain('(disabled by admin: broken)');
  expect((await all.pikoci('resources', 'list', ...NAMES)).out).toMatch(/^git\.src +ref=bbbb2222 \(disabled\) /m);
  const pin = await all.pikoci('resources', 'pin', 'git.src', ...NAMES, ...version);
  expect(pin.out).toContain('\nit is disabled, so nothing is built until it is enabled or unpinned\n');
  expect(await all.json('resources', 'list', ...NAMES)).toMatchObject([
    { latestDisabled: true, pinDisabled: true },
    {},
  ]);
  await all.pikoci('resources', 'unpin', 'git.src', ...NAMES);
  expect((await all.json('resources', 'list', ...NAMES))[0]).not.toHaveProperty('pinDisabled');
  expect(await all.json('jobs', 'trigger', 'test', ...NAMES)).toMatchObject({
    versions: { 'git.src': { ref: 'aaaa1111' } },
  });
  expect(await all.json('resources', 'enable', 'git.src', ...NAMES, ...version)).toMatchObject({ disabled: false });
  expect(await all.json('jobs', 'trigger', 'test', ...NAMES)).toMatchObject({
    versions: { 'git.src': { ref: 'bbbb2222' } },
  });
});

test('a trigger takes the versions that were chosen, and fills the rest', async () => {
  await using all = await open('aaaa1111', 'bbbb2222');
  await all.found('git.tools', 't2');
  const reason = ['--reason', 'to bisect'] as const;
  const build = await all.json('jobs', 'trigger', 'test', ...NAMES, '--version', 'git.src=ref=aaaa1111', ...reason);
  expect(build).toMatchObject({
    versions: { 'git.src': { ref: 'aaaa1111' }, 'git.tools': { ref: 't2' } },
    cause: { kind: 'manual', by: 'admin', reason: 'to bisect' },
  });
  // Although nothing has passed yet: it was asked for by name.
  expect(await all.json('pipelines', 'trigger', 'p', '-j', 'ship', '--version', 'git.src=ref=bbbb')).toMatchObject({
    versions: { 'git.src': { ref: 'bbbb2222' } },
  });
});

test('a retry says why, too', async () => {
  await using all = await open('aaaa1111');
  await all.pikoci('pipelines', 'unpause', 'p');
  const worker = await all.world.worker();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, ended('failed'));
  expect(await all.json('builds', 'retry', '1', ...NAMES, '-j', 'test', '--reason', 'the disk was full')).toMatchObject(
    {
      number: 2,
      versions: { 'git.src': { ref: 'aaaa1111' } },
      cause: { kind: 'retry', ofNumber: 1, by: 'admin', reason: 'the disk was full' },
    },
  );
});

test.each([
  [['resources', 'pin', 'git.src'], 'which version of git.src?'],
  [['resources', 'pin', 'git.src', '--version', 'ref=zzzz'], 'git.src has no version with ref=zzzz'],
  [['resources', 'pin', 'git.srv', '--version', 'ref=aaaa1111'], 'did you mean git.src?'],
  [
    ['resources', 'pin', 'git.src', '--version', 'ref=aaaa'],
    '2 versions of git.src fit ref=aaaa: {"ref":"aaaa3333"} {"ref":"aaaa1111"}',
  ],
  // Shorter than four characters names nothing.
  [['resources', 'disable', 'git.src', '--version', 'ref=aa'], 'git.src has no version with ref=aa'],
  [['jobs', 'trigger', 'test', '--version', 'git.scr=ref=aaaa1111'], 'did you mean git.src?'],
  [['jobs', 'trigger', 'ship', '--version', 'git.tools=ref=t1'], 'it gets git.src'],
  [['jobs', 'trigger', 'tset'], 'did you mean test?'],
  [['jobs', 'trigger', 'test', '--version', 'ref=aaaa1111'], '"ref=aaaa1111" is not resource=field=value'],
])('what cannot be meant is said: %p', async (argv, said) => {
  await using all = await open('aaaa1111', 'aaaa3333');
  const ran = await all.pikoci(...argv, ...NAMES);
  expect(ran.code).toBeGreaterThan(0);
  expect(ran.err).toContain(said);
});
