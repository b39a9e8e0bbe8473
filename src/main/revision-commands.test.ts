/** Plans, revisions and going back, from the command line. */
import { expect, test } from 'bun:test';
import type { Pipeline } from '../pipeline/model.ts';
import type { PlanValue } from '../pipeline/plan-value.ts';
import { get, job, model, resource, task } from '../store/contract/world.ts';
import { startRemoteWorld } from './remote-world.fixture.ts';

const unit = (timeoutMs: number, cmd: string) => ({
  ...task('2'),
  name: 'unit',
  timeoutMs,
  run: { ...task('2').run, runner: 'shell', params: { cmd: { kind: 'known', value: cmd } satisfies PlanValue } },
});
const test1 = (timeoutMs: number, cmd = 'make\n') => job('test', [get('1', 'git.src'), unit(timeoutMs, cmd)]);
const src = resource('src');
const moved = resource('src', { params: { url: { kind: 'known', value: 'https://moved' } } });
const legs = (priority: number) =>
  ['a', 'b', 'c', 'd'].map((leg) => job(`leg--${leg}`, [task('1')], { group: 'leg', priority }));

/** By the text of their file. */
const pipelines = (): Record<string, Pipeline> => ({
  'one\n': model([src], [test1(300_000), job('deploy', [task('1')])]),
  'one\n# said\n': model([src], [test1(300_000), job('deploy', [task('1')])]),
  'two\n': model([src], [test1(600_000), job('deploy', [task('1')])]),
  'three\n': model([moved], [test1(600_000, 'make\nmake test\n'), job('ship', [task('1')])]),
  'legs\n': model([], legs(0)),
  'other legs\n': model([], legs(1)),
  'secret\n': {
    ...model([], [job('test', [])]),
    scope: { variables: { password: { kind: 'sealed' } }, locals: {} },
  },
});

const start = () => startRemoteWorld(pipelines(), { 'p.hcl': 'one\n', 'bad.hcl': 'nonsense' });

test('a plan says what would come, change and go, and does nothing', async () => {
  await using all = await start();
  const { pikoci, write, world } = all;
  const made = await pikoci('plan', 'p.hcl');
  expect(made).toEqual({
    code: 0,
    out: `pipeline p of team main would be made:

  + resource "git" "src"
      params { url = "https://example.test/src" }
  + job "test"
      get "git" "src" { trigger = true }
      task "unit" { timeout = "5m" }
  + job "deploy"
      task "task-1"

Plan: 3 to create, 0 to change, 0 to delete.
`,
    err: '',
  });
  expect((await pikoci('pipelines', 'list')).out).toContain('no pipeline');
  expect((await pikoci('plan', 'p.hcl', '--detailed-exitcode')).code).toBe(2);

  await pikoci('pipelines', 'set', 'p', '--pipeline-config', 'p.hcl');
  expect(await pikoci('plan', 'p.hcl', '--detailed-exitcode')).toEqual({
    code: 0,
    out: 'pipeline p is as it should be, revision 1: nothing to do\n',
    err: '',
  });

  for (const _ of [1, 2]) await pikoci('jobs', 'trigger', '-p', 'p', '-j', 'deploy');
  const [source] = await world.store.listResources((await world.store.findPipeline('main', 'p'))!.id);
  await world.store.saveVersions(source!.id, [{ version: { ref: 'a' }, metadata: {} }], Date.now());
  await write('p.hcl', 'three\n');
  expect(
    (await pikoci('plan', '--pipeline-config', 'p.hcl', '-p', 'p')).out,
  ).toBe(`pipeline p, revision 1, would change:

  + job "ship"  (much like job "deploy", which goes: renamed? history stays with the old name)
      task "task-1"
  ~ resource "git" "src"  (will watch something else: its 1 version is forgotten)
      params: url "https://example.test/src" -> "https://moved"
  ~ job "test"
      task "unit": timeout "5m" -> "10m"
      task "unit": run "shell": cmd
           <<EOT
           make
          +make test
           EOT
  - job "deploy"  (2 builds of history go out of sight with it)

Plan: 1 to create, 2 to change, 1 to delete.
`);
  const json = JSON.parse((await pikoci('plan', 'p.hcl', '--json')).out);
  expect(json).toMatchObject({ base: { revision: 1 }, changed: true, changes: [{}, {}, {}, { history: 2 }] });

  await write('p.hcl', 'one\n# said\n');
  expect(await pikoci('client', 'plan', 'p.hcl', '--detailed-exitcode')).toMatchObject({
    code: 2,
    out: 'pipeline p, revision 1, would change:\n\n  nothing of what runs, only the text: p.hcl changed\n',
  });
  const invalid = await pikoci('plan', 'bad.hcl', '--detailed-exitcode');
  expect(invalid).toMatchObject({ code: 1, out: '' });
  expect(invalid.err).toContain('no pipeline "nonsense"\npipeline bad has a mistake');
});

test('a plan in colour, and jobs that change alike told once', async () => {
  await using all = await start();
  const { pikoci, run, write } = all;
  await write('p.hcl', 'legs\n');
  await pikoci('pipelines', 'set', 'p', '--pipeline-config', 'p.hcl');
  await write('p.hcl', 'other legs\n');
  const { out } = await run(['plan', 'p.hcl'], { color: true });
  expect(out).toContain('\x1b[33m~\x1b[39m \x1b[1mjob "leg--a", job "leg--b", job "leg--c" and 1 more\x1b[22m');
  expect(out).toContain('\x1b[32m+ priority 1\x1b[39m');
  expect(out).toContain('0 to create, 4 to change, 0 to delete');
});

test('what is secret is not shown', async () => {
  await using all = await start();
  const { pikoci, write } = all;
  await write('p.hcl', 'secret\n');
  await pikoci('pipelines', 'set', 'p', '--pipeline-config', 'p.hcl', '--var', 'password=alpha-alpha');
  const plan = await pikoci('plan', 'p.hcl', '--var', 'password=beta-beta');
  expect(plan.out).toContain('~ variable "password"\n      value (sensitive) changed\n');
  expect(plan.out + (await pikoci('plan', 'p.hcl', '--var', 'password=beta-beta', '--json')).out).not.toMatch(
    /alpha-|beta-/,
  );
});

test('set shows its plan, and asks where there is somebody to ask', async () => {
  await using all = await start();
  const { run, pikoci, write } = all;
  const set = ['pipelines', 'set', 'p', '--pipeline-config', 'p.hcl'];
  const questions: string[] = [];
  const saying = (answer: string) => ({
    answer: (question: string) => {
      questions.push(question);
      return answer;
    },
  });
  const no = await run(set, saying(''));
  expect(no).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/would be made:[\s\S]*nothing was changed\n$/),
  });
  expect((await pikoci('pipelines', 'list')).out).toContain('no pipeline');
  expect(await run(set, saying('Yes'))).toMatchObject({ code: 0, out: 'pipeline p: made, revision 1\n' });
  expect(questions).toEqual(['Apply? [y/N] ', 'Apply? [y/N] ']);

  const never = () => expect.unreachable('it asked');
  expect(await run(set, { answer: never })).toEqual({ code: 0, out: 'pipeline p: as it was, revision 1\n', err: '' });
  await write('p.hcl', 'two\n');
  expect(await run([...set, '--yes', '-m', 'slow'], { answer: never })).toMatchObject({
    out: 'pipeline p: changed, revision 2\n',
    err: expect.stringContaining('task "unit": timeout "5m" -> "10m"'),
  });
  await write('p.hcl', 'three\n');
  const json = await run([...set, '--json'], { answer: never });
  expect([JSON.parse(json.out), json.err]).toMatchObject([{ revision: 3, changed: true }, '']);
  expect((await pikoci(...set, '--expected-revision', '1')).err).toContain('at revision 3, and the change was made');
});

test.each<[name: string, meanwhile: string[][], err: RegExp]>([
  [
    'somebody else set it',
    [['pipelines', 'set', 'p', '--pipeline-config', 'two.hcl', '-m', 'mine']],
    /revision 2 was set by admin .* ago: mine; since revision 1 that changed:\n\n {2}~ job "test"\n {6}task "unit": timeout "5m" -> "10m"\n\npipeline p is at revision 2/,
  ],
  ['it was deleted', [['pipelines', 'delete', 'p']], /yes\npipeline p is gone/],
  [
    'it was deleted and made anew',
    [
      ['pipelines', 'delete', 'p'],
      ['pipelines', 'set', 'p', '--pipeline-config', 'two.hcl'],
    ],
    /\nrevision 1 was set by admin .* ago\n\npipeline p is at revision 1, and the change was made from another one/,
  ],
])('what was planned is not done when %s meanwhile', async (_name, meanwhile, err) => {
  await using all = await start();
  const { run, pikoci, write } = all;
  await write('two.hcl', 'two\n');
  await pikoci('pipelines', 'set', 'p', '--pipeline-config', 'p.hcl');
  await write('p.hcl', 'three\n');
  const refused = await run(['pipelines', 'set', 'p', '--pipeline-config', 'p.hcl'], {
    answer: async () => {
      for (const argv of meanwhile) expect((await pikoci(...argv)).code).toBe(0);
      return 'y';
    },
  });
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err.replace(/^Plan: .*\n/m, 'yes\n')).toMatch(err);
  expect((await pikoci('pipelines', 'list')).out).not.toContain('  3  ');
});

test('history, differences, the text of a revision, and back to it', async () => {
  await using all = await start();
  const { pikoci, run, write } = all;
  const set = (...more: string[]) => pikoci('pipelines', 'set', '-p', 'p', '--pipeline-config', 'p.hcl', ...more);
  await set();
  expect((await pikoci('pipelines', 'diff', '-p', 'p')).out).toContain('has one revision');
  await write('p.hcl', 'two\n');
  await set('-m', 'slow tests');
  await write('p.hcl', 'three\n');
  await set();

  const rows = (await pikoci('pipelines', 'history', '-p', 'p')).out.split('\n');
  expect(rows[0]).toMatch(/^REVISION +SET +BY +CHANGES +WHY$/);
  expect(rows[1]).toMatch(
    /^3 in force +\S+ ago +admin +\+ job "ship", ~ resource "git" "src", ~ job "test", - job "deploy"$/,
  );
  expect(rows[2]).toMatch(/^2 +\S+ ago +admin +~ job "test" +slow tests$/);
  expect(rows[3]).toMatch(/^1 +\S+ ago +admin +\+ resource "git" "src", \+ job "test", \+ job "deploy"$/);
  const json = JSON.parse((await pikoci('pipelines', 'history', '-p', 'p', '-n', '2', '--json')).out);
  expect(json).toMatchObject([
    { revision: 3, current: true },
    { revision: 2, message: 'slow tests' },
  ]);

  expect((await pikoci('pipelines', 'diff', '-p', 'p')).out).toBe(
    'diff --git a/p.hcl b/p.hcl\n--- a/p.hcl\n+++ b/p.hcl\n@@ -1,1 +1,1 @@\n-two\n+three\n',
  );
  expect((await run(['pipelines', 'diff', '-p', 'p', '1'], { color: true })).out).toContain('\x1b[31m-one\x1b[39m');
  expect((await pikoci('pipelines', 'diff', '-p', 'p', '1', '2', '--plan')).out).toBe(
    'from revision 1 to 2:\n\n  ~ job "test"\n      task "unit": timeout "5m" -> "10m"\n',
  );
  expect(JSON.parse((await pikoci('pipelines', 'diff', '-p', 'p', '2', '1', '--json')).out)).toMatchObject({
    from: 2,
    to: 1,
    changes: [{ block: 'job "test"' }],
    text: expect.stringContaining('+one'),
  });

  expect((await pikoci('pipelines', 'get', '-p', 'p', '--revision', '1')).out).toBe('one\n');
  expect((await pikoci('pipelines', 'get', 'p', '--text')).out).toBe('three\n');
  expect(JSON.parse((await pikoci('pipelines', 'get', 'p', '--text', '--json')).out)).toMatchObject({ revision: 3 });

  const declined = await run(['pipelines', 'restore', '1', '-p', 'p'], { answer: () => 'n' });
  expect(declined).toMatchObject({ code: 1, out: '', err: expect.stringContaining('- job "ship"') });
  const restored = await run(['pipelines', 'restore', '1', '-p', 'p', '-m', 'too slow'], { answer: () => 'y' });
  expect(restored).toMatchObject({ code: 0, out: 'pipeline p: changed, revision 4\n' });
  expect((await pikoci('pipelines', 'history', '-p', 'p', '-n', '1')).out).toContain('restores 1: too slow');
  expect((await pikoci('pipelines', 'diff', '-p', 'p', '1', '4')).out).toBe(
    'the text of revisions 1 and 4 is the same\n',
  );
  expect((await pikoci('pipelines', 'diff', '-p', 'p', '1', '4', '--plan')).out).toContain('nothing\n');
  expect((await pikoci('pipelines', 'restore', '1', '-p', 'p')).out).toBe('pipeline p: as it was, revision 4\n');
});

test('where only a variable differs, the text says so', async () => {
  await using all = await start();
  const { pikoci, write } = all;
  await write('p.hcl', 'secret\n');
  for (const value of ['alpha', 'beta']) {
    await pikoci('pipelines', 'set', 'p', '--pipeline-config', 'p.hcl', '--var', `password=${value}`);
  }
  expect((await pikoci('pipelines', 'diff', '-p', 'p')).out).toBe(
    'the text of revisions 1 and 2 is the same; variables differ: see --plan\n',
  );
});

test.each<[argv: string[], code: number, words: string]>([
  [['plan', 'gone.hcl'], 2, 'cannot read gone.hcl'],
  [['plan', 'p.hcl', '--var', 'x'], 2, 'is not name=value'],
  [['plan', 'p.hcl', '--team', 'mian'], 1, 'did you mean main?'],
  [['pipelines', 'history'], 2, 'name it with -p PIPELINE'],
  [['pipelines', 'history', '-p', 'nope'], 1, 'there is no pipeline "nope"'],
  [['pipelines', 'history', '-p', 'p', '-n', '0'], 2, 'is not a number of revisions'],
  [['pipelines', 'diff', '-p', 'p', 'x'], 2, '"x" is not the number of a revision'],
  [['pipelines', 'diff', '-p', 'p', '1', '9'], 1, 'its revisions are 1 to 1'],
  [['pipelines', 'restore', '0', '-p', 'p'], 2, 'is not the number of a revision'],
  [['pipelines', 'restore', '7', '-p', 'p'], 1, 'there is no revision 7 of pipeline p'],
  [['pipelines', 'get', 'p', '--revision', 'new'], 2, 'pikoci pipelines history lists them'],
  [['pipelines', 'get', 'p', '--file', 'x.sh'], 2, 'it has p.hcl'],
  [['pipelines', 'get'], 2, 'which pipeline?'],
  [['pipelines', 'get', '..'], 2, '".." cannot be the name of a pipeline'],
  [['pipelines', 'get', ''], 2, 'an argument is empty'],
  [['pipelines', 'set', '', '--pipeline-config', 'p.hcl'], 2, 'an argument is empty'],
  [['pipelines', 'delete', ''], 2, 'an argument is empty'],
  [['jobs', 'list', '-p', '.'], 2, '"." cannot be the name of a pipeline'],
  [['jobs', 'list', '-p', ''], 2, '--pipeline is empty'],
  [['plan', 'p.hcl', '--team', '..'], 2, '".." cannot be the name of a team'],
  [['pipelines', 'list', '--team', 'mian'], 1, 'did you mean main?'],
  [['resources', 'versions', '..', '-p', 'p'], 2, '".." cannot be the name of a resource'],
  [['plan', 'q.hcl'], 2, 'did you mean p.hcl?'],
  [['pipelines', 'set', 'p', '--pipeline-config', 'p.hcl', '-m', 'x'.repeat(1_001)], 2, 'this one has 1001'],
  [['pipelines', 'restore', '1', '-p', 'p', '-m', 'x'.repeat(2_000)], 2, '--message: a message may have 1000'],
  [['jobs', 'pause', 'test', '-p', 'p', '--reason', 'x'.repeat(501)], 2, '--reason: it may have 500 characters'],
  [['pipelines', 'unpause', 'p', '--reason', 'x'.repeat(501)], 2, '--reason: it may have 500 characters'],
  [['resources', 'unpin', 'git.src', '-p', 'p', '--reason', 'x'.repeat(501)], 2, '--reason: it may have 500'],
  [['jobs', 'trigger', 'test', '-p', 'p', '--reason', 'x'.repeat(501)], 2, 'and this one has 501'],
  [['builds', 'retry', '1', '-p', 'p', '-j', 'test', '--reason', 'x'.repeat(501)], 2, '--reason: it may have 500'],
  [['builds', 'approve', '1', '-p', 'p', '-j', 'test', '-m', 'x'.repeat(501)], 2, '--message: it may have 500'],
])('what went wrong is said: %p', async (argv, code, words) => {
  await using all = await start();
  await all.pikoci('pipelines', 'set', 'p', '--pipeline-config', 'p.hcl');
  const ran = await all.pikoci(...argv);
  expect(ran).toMatchObject({ code, out: '' });
  expect(ran.err).toContain(words);
});

test('a revision that is no longer valid is not restored, and why is shown', async () => {
  const known = pipelines();
  await using all = await startRemoteWorld(known, { 'p.hcl': 'one\n' });
  const { pikoci, write } = all;
  await pikoci('pipelines', 'set', 'p', '--pipeline-config', 'p.hcl');
  await write('p.hcl', 'two\n');
  await pikoci('pipelines', 'set', 'p', '--pipeline-config', 'p.hcl');
  delete known['one\n'];
  const refused = await pikoci('pipelines', 'restore', '1', '-p', 'p');
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toMatch(/no pipeline "one\n"\nrevision 1 of pipeline p has a mistake; nothing was changed/);
});

test('a set that expects a revision that is not in force is refused, with what is different from that one, and nobody is asked', async () => {
  await using all = await start();
  const { pikoci, run, write } = all;
  const set = ['pipelines', 'set', 'p', '--pipeline-config', 'p.hcl'];
  const none = await pikoci(...set, '--expected-revision', '4');
  expect(none).toMatchObject({ code: 1, out: '' });
  expect(none.err).toBe(
    'there is no pipeline p, and the change was made from revision 4 of it\nto make it, expect no revision\n',
  );
  expect((await pikoci('pipelines', 'list')).out).toContain('no pipeline');
  expect((await pikoci(...set, '--expected-revision', '0')).code).toBe(0);
  for (const text of ['two\n', 'three\n']) {
    await write('p.hcl', text);
    await pikoci(...set);
  }
  await write('p.hcl', 'one\n# said\n');
  const never = () => expect.unreachable('it asked');
  const stale = await run([...set, '--expected-revision', '2'], { answer: never });
  expect(stale.code).toBe(1);
  expect(stale.err).toMatch(
    /^revision 3 was set by admin .*; since revision 2 that changed:\n\n {2}\+ job "ship"[\s\S]*\npipeline p is at revision 3, and the change was made from revision 2\n/,
  );
  expect(stale.err).not.toContain('timeout');
  const early = await run([...set, '--expected-revision', '1'], { answer: never });
  expect(early.err).toContain('timeout "5m" -> "10m"');
  expect((await run([...set, '--expected-revision', '9'], { answer: never })).err).toContain('made from revision 9\n');
  const there = await run([...set, '--expected-revision', '0'], { answer: never });
  expect(there.err).toMatch(
    /^revision 3 was set by admin .* ago\n\npipeline p is there by now, at revision 3, and the change was to make it\n/,
  );
  expect((await pikoci(...set, '--expected-revision', '3')).out).toContain('changed, revision 4');
});

test('a message is shown in no colour but ours', async () => {
  await using all = await start();
  const { pikoci, run, write } = all;
  await pikoci('pipelines', 'set', 'p', '--pipeline-config', 'p.hcl', '-m', 'one');
  await write('p.hcl', 'two\n');
  await pikoci('pipelines', 'set', 'p', '--pipeline-config', 'p.hcl', '-m', '\x1b[31mred\x1b[0m\x1b]0;title\x07');
  expect((await pikoci('pipelines', 'history', '-p', 'p')).out).not.toContain('\x1b');
  const { out } = await run(['pipelines', 'history', '-p', 'p'], { color: true });
  expect(out.split('\n')[1]).not.toContain('\x1b[31m');
  expect(out).toContain('red');
});

test('a main file with another name is a renamed file', async () => {
  await using all = await start();
  const { pikoci, write } = all;
  await pikoci('pipelines', 'set', 'p', '--pipeline-config', 'p.hcl');
  await write('other.hcl', 'two\n');
  await pikoci('pipelines', 'set', 'p', '--pipeline-config', 'other.hcl');
  expect((await pikoci('pipelines', 'diff', '-p', 'p')).out).toBe(
    'diff --git a/p.hcl b/other.hcl\nrename from p.hcl\nrename to other.hcl\n--- a/p.hcl\n+++ b/other.hcl\n@@ -1,1 +1,1 @@\n-one\n+two\n',
  );
});
