/** Inputs and approvals on the command line, against a whole server. */
import { expect, test } from 'bun:test';
import { job, model, task } from '../store/contract/world.ts';
import { startRemoteWorld } from './remote-world.fixture.ts';

const pipelines = {
  release: model(
    [],
    [
      job('deploy', [task('1')], {
        approvals: [{ label: 'release', approvals: 1, message: 'Ship it?' }],
        inputs: [
          { name: 'version', type: 'string', required: true, sensitive: false, description: 'a tag' },
          { name: 'target', type: 'string', options: ['staging', 'production'], required: true, sensitive: false },
          { name: 'hosts', type: 'list(string)', required: false, sensitive: false },
          { name: 'token', type: 'string', required: false, sensitive: true },
        ],
      }),
    ],
  ),
};
const DEPLOY = ['deploy', '-p', 'p'];

async function releaseWorld() {
  const all = await startRemoteWorld(pipelines, { 'p.hcl': 'release', token: 'hunter2\n' });
  await all.pikoci('pipelines', 'set', '--pipeline-config', 'p.hcl');
  return all;
}

test('a build is given its inputs, approved, and shown with both', async () => {
  await using all = await releaseWorld();
  const { pikoci } = all;
  const inputs = ['version=1.2', 'target=staging', 'hosts=a', 'hosts=b', 'token=@token'];
  const started = await pikoci('jobs', 'trigger', ...DEPLOY, ...inputs.flatMap((one) => ['--input', one]));
  expect(started).toMatchObject({
    code: 0,
    out: 'build 1 of deploy is waiting_for_approval: it waits for somebody to approve it (release)\n',
  });
  expect((await pikoci('builds', 'list', '-p', 'p')).out).toContain('somebody to approve it (release)');
  const shown = (await pikoci('builds', 'get', '1', '-p', 'p', '-j', 'deploy')).out;
  for (const line of [
    'input version = "1.2"',
    'input hosts = ["a","b"]',
    'input token = ***',
    'release: 0 of 1 (Ship it?)',
  ]) {
    expect(shown).toContain(line);
  }
  expect(shown).not.toContain('hunter2');
  const approved = await pikoci('builds', 'approve', '1', '-p', 'p', '-j', 'deploy', '-m', 'fine');
  expect(approved).toMatchObject({ code: 0 });
  expect(approved.out).toContain('build 1 of deploy is approved');
  expect((await pikoci('builds', 'get', '1', '-p', 'p', '-j', 'deploy')).out).toMatch(/approved by admin .*: fine/);
  const again = await pikoci('builds', 'approve', '1', '-p', 'p', '-j', 'deploy');
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('does not wait for approval') });
});

test('a rejection ends it', async () => {
  await using all = await releaseWorld();
  const { pikoci } = all;
  await pikoci('jobs', 'trigger', ...DEPLOY, '--input', 'version=1', '--input', 'target=production');
  const wrong = await pikoci('builds', 'reject', '1', '-p', 'p', '-j', 'deploy', '--approval', 'relaese');
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('did you mean "release"?') });
  const rejected = await pikoci('builds', 'reject', '-p', 'p', '-j', 'deploy', '-m', 'not on a Friday', '--json');
  expect(JSON.parse(rejected.out)).toMatchObject({
    status: 'cancelled',
    problem: { message: 'rejected by admin (release): not on a Friday' },
  });
});

test('what is missing is asked for on a terminal, but no secret and nothing that may be left out', async () => {
  await using all = await releaseWorld();
  const asked: string[] = [];
  const answer = (question: string): string => {
    asked.push(question);
    return question.startsWith('version') ? '2.0' : 'production';
  };
  expect(await all.run(['jobs', 'trigger', ...DEPLOY], { answer })).toMatchObject({ code: 0 });
  expect(asked).toEqual(['version (a tag): ', 'target, staging | production: ']);
  const shown = (await all.pikoci('builds', 'get', '-p', 'p', '-j', 'deploy')).out;
  expect(shown).toContain('input version = "2.0"');
});

test.each([
  [['--input', 'version'], 2, 'is not name=value'],
  [['--input', 'version=1', '--input', 'version=2'], 2, 'is given 2 times, and is no list'],
  [['--input', 'version=@gone'], 2, 'gone'],
  [['--input', 'version=1'], 1, 'the input "target" needs a value'],
  [['--input', 'version=1', '--input', 'target=stagin'], 1, 'did you mean "staging"?'],
  [['--input', 'version=1', '--input', 'traget=staging'], 1, 'did you mean "target"?'],
] as [string[], number, string][])('what is wrong with %p is said', async (flags, code, words) => {
  await using all = await releaseWorld();
  const ran = await all.pikoci('jobs', 'trigger', ...DEPLOY, ...flags);
  expect(ran).toMatchObject({ code, out: '' });
  expect(ran.err).toContain(words);
});
