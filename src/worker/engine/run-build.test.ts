import { afterEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hooks, Step, TaskStep } from '../../pipeline/plan-step.ts';
import { isLasting } from '../../protocol/lasting.ts';
import type { Outcome } from '../../protocol/status.ts';
import { freshDirs } from '../testing/fresh-dirs.ts';
import {
  deferred,
  exec,
  grantOf,
  inParallel,
  known,
  PLACE,
  plan,
  service,
  serviceType,
  task,
} from '../testing/plans.ts';
import { start } from '../testing/run-plan.ts';

const { fresh, removeAll } = freshDirs('local');

afterEach(removeAll);

test('a task runs in the work directory, and its log is what it wrote', async () => {
  await using run = start(grantOf(plan([task('1', 'pwd; echo out; echo err >&2')])));
  expect(await run.done).toEqual({ outcome: 'succeeded', problem: undefined });
  expect(run.log('1')).toBe(`${run.workDir}\nout\nerr\n`);
  expect([...new Set(run.events.map((event) => event.kind))]).toEqual([
    'attempt_started',
    'step_started',
    'log',
    'step_ended',
    'attempt_ended',
  ]);
});

test('a command sees the build, what earlier steps found out, and nothing of the worker', async () => {
  process.env.PIKOCI_TEST_LEAK = 'leak';
  const steps = [
    task('1', 'echo VERSION=1.2 >> "$PIKOCI_OUTPUT"; echo "with space=x" >> "$PIKOCI_OUTPUT"', { name: 'make-it' }),
    task('2', 'env | sort', {
      env: { OWN: known('mine'), JOINED: deferred('"v${task.make-it.VERSION}"', 'task.make-it.VERSION') },
    }),
  ];
  await using run = start(grantOf(plan(steps)));
  expect((await run.done).outcome).toBe('succeeded');
  const env = new Map(
    run
      .log('2')
      .trim()
      .split('\n')
      .map((line) => line.split('=', 2) as [string, string]),
  );
  expect(env.get('BUILD_NUMBER')).toBe('7');
  expect(env.get('BUILD_PIPELINE_NAME')).toBe('p');
  expect(env.get('TASK_MAKE_IT_VERSION')).toBe('1.2');
  expect(env.get('JOINED')).toBe('v1.2');
  expect(env.get('OWN')).toBe('mine');
  expect(env.get('WORKDIR')).toBe(run.workDir);
  expect(env.get('TMPDIR')).toContain('private');
  expect(env.has('PIKOCI_TEST_LEAK')).toBe(false);
  expect(run.log('1')).toContain('warning: line 2 of $PIKOCI_OUTPUT');
});

test.each<[string, Partial<TaskStep>, string | ReturnType<typeof exec>, Outcome, string | undefined]>([
  ['exit code', {}, 'exit 3', 'failed', undefined],
  ['a signal', {}, 'kill -SEGV $$', 'failed', 'step.killed'],
  ['no such program', {}, exec('no-such-program'), 'errored', 'exec.not_found'],
  ['a missing input', { inputs: ['app'] }, 'true', 'failed', 'task.input_missing'],
  ['a missing output', { outputs: ['dist/app'] }, 'true', 'failed', 'task.output_missing'],
  ['an input outside', { inputs: ['../x'] }, 'true', 'errored', 'path.outside'],
  ['an unknown runner', {}, { runner: 'shel', params: {}, at: PLACE }, 'errored', 'runner.not_found'],
  ['no cmd', {}, { runner: 'exec', params: {}, at: PLACE }, 'errored', 'runner.missing_parameter'],
  ['no such directory', { dir: known('nowhere') }, 'true', 'errored', 'exec.bad_directory'],
  ['a value not there', { env: { A: deferred('get.app.ref', 'get.app.ref') } }, 'true', 'errored', 'no-value-yet'],
  ['an if that is no bool', { if: deferred('build.job', 'build.job') }, 'true', 'errored', 'step.if_not_bool'],
  ['a timeout', { timeoutMs: 50 }, 'sleep 60', 'failed', 'step.timeout'],
  ['leave to fail', { allowFailure: true }, 'exit 1', 'warning', undefined],
  ['a false if', { if: deferred('build.number > 100', 'build.number') }, 'exit 1', 'skipped', undefined],
  ['a true if', { if: deferred('build.number == 7', 'build.number') }, 'exit 0', 'succeeded', undefined],
])('%s', async (_name, more, script, outcome, code) => {
  await using run = start(grantOf(plan([task('1', script, more)])));
  expect((await run.done).outcome).toBe(outcome);
  expect(run.problem('1')?.code).toBe(code!);
  expect(run.story().at(-1)).toBe(`1 ${outcome}`);
});

test('a step is tried again after what its rule names, with a last word', async () => {
  const script = 'test -e second && exit 0; touch second; exit 1';
  const attempts = { count: 3, on: ['failure' as const], delayMs: 1 };
  await using run = start(grantOf(plan([task('1', script, { attempts })])));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.story()).toEqual(['1 started', '1 failed again', '1 started try 2', '1 succeeded']);
});

test('an error is not tried again when only failures are', async () => {
  const attempts = { count: 3, on: ['failure' as const], delayMs: 0 };
  await using run = start(grantOf(plan([task('1', exec('no-such-program'), { attempts })])));
  expect(run.done).resolves.toMatchObject({ outcome: 'errored' });
});

const hook = (id: string, script = 'echo $BUILD_STATUS'): Step[] => [task(id, script)];
const ALL_HOOKS: Hooks = {
  onSuccess: hook('s'),
  onFailure: hook('f'),
  onError: hook('e'),
  onCancel: hook('c'),
  ensure: hook('x'),
};

test.each<[Outcome, string, string | ReturnType<typeof exec>]>([
  ['succeeded', 's', 'true'],
  ['failed', 'f', 'exit 1'],
  ['errored', 'e', exec('no-such-program')],
])('when it %s the hook %s runs, then ensure: on steps, groups and jobs', async (outcome, which, script) => {
  for (const steps of [
    plan([task('1', script, { hooks: ALL_HOOKS })]),
    plan([inParallel('1', [task('1.1', script)], { hooks: ALL_HOOKS })]),
    plan([task('1', script)], { hooks: ALL_HOOKS }),
  ]) {
    await using run = start(grantOf(steps));
    expect((await run.done).outcome).toBe(outcome);
    const hooks = run.story().filter((line) => line.endsWith('started') && !line.startsWith('1'));
    expect(hooks).toEqual([`${which} started`, 'x started']);
    expect([run.log(which), run.log('x')]).toEqual([`${outcome}\n`, `${outcome}\n`]);
  }
});

test('on_cancel and ensure run after a cancellation, and a step not begun says nothing', async () => {
  const steps = [task('1', 'echo here; sleep 60', { hooks: ALL_HOOKS }), task('2', 'true')];
  await using run = start(grantOf(plan(steps, { hooks: { onCancel: hook('jc'), ensure: hook('jx') } })));
  await run.logged('1', 'here');
  run.cancel();
  expect((await run.done).outcome).toBe('cancelled');
  expect(run.story()).toEqual([
    '1 started',
    '1 cancelled',
    'c started',
    'c succeeded',
    'x started',
    'x succeeded',
    'jc started',
    'jc succeeded',
    'jx started',
    'jx succeeded',
  ]);
});

test('a second cancellation ends the hooks, too', async () => {
  await using run = start(
    grantOf(plan([task('1', 'echo here; sleep 60', { hooks: { ensure: hook('x', 'echo in; sleep 60') } })])),
  );
  await run.logged('1', 'here');
  run.cancel();
  await run.logged('x', 'in');
  run.kill();
  expect((await run.done).outcome).toBe('cancelled');
});

test('a hook that hangs is ended some time after its job took too long', async () => {
  const steps = [task('1', 'exit 1', { hooks: { ensure: hook('x', 'echo in; sleep 60') } })];
  await using run = start(grantOf(plan(steps, { timeoutMs: 300 })), { cleanupMs: 300 });
  expect((await run.done).outcome).toBe('failed');
  expect(run.log('x')).toBe('in\n');
});

test('a failing hook makes a success a failure, and leaves a failure one', async () => {
  await using good = start(grantOf(plan([task('1', 'true', { hooks: { onSuccess: hook('s', 'exit 1') } })])));
  expect((await good.done).outcome).toBe('failed');
  await using bad = start(grantOf(plan([task('1', 'exit 1', { hooks: { onFailure: hook('f', 'exit 0') } })])));
  expect((await bad.done).outcome).toBe('failed');
});

test('a task that ignores TERM is killed after the grace', async () => {
  await using run = start(grantOf(plan([task('1', 'trap "" TERM; echo here; while :; do sleep 1; done')])), {
    graceMs: 100,
  });
  await run.logged('1', 'here');
  run.cancel();
  expect((await run.done).outcome).toBe('cancelled');
});

test('no child outlives its step, double-forked ones neither', async () => {
  const script = '(setsid sh -c "sleep 300 & echo \\$! > child" &) ; sleep 0.2; cat child';
  await using run = start(grantOf(plan([task('1', script)])));
  expect((await run.done).outcome).toBe('succeeded');
  expect(existsSync(`/proc/${run.log('1').trim()}`)).toBe(false);
});

test('writing to /dev/stderr by name harms nothing', async () => {
  await using run = start(
    grantOf(plan([task('1', 'echo a >&2; echo b > /dev/stderr; echo c >&2; echo d > /dev/stdout')])),
  );
  expect((await run.done).outcome).toBe('succeeded');
  expect([...run.log('1')].sort().join('').trim()).toBe('abcd');
});

test('in a group at most limit steps run at a time', async () => {
  const script = 'mkdir lock || exit 1; sleep 0.02; rmdir lock';
  const steps = ['1', '2', '3'].map((n) => task(`g.${n}`, script));
  await using run = start(grantOf(plan([inParallel('g', steps, { limit: 1 })])));
  expect((await run.done).outcome).toBe('succeeded');
});

test('a group waits for all of its steps; with fail_fast the first failure ends the others', async () => {
  const slow = [task('g.1', 'exit 1'), task('g.2', 'sleep 0.1; echo done')];
  await using patient = start(grantOf(plan([inParallel('g', slow)])));
  expect((await patient.done).outcome).toBe('failed');
  expect(patient.log('g.2')).toBe('done\n');
  const hasty = [task('g.1', 'exit 1'), task('g.2', 'sleep 60', { hooks: { onCancel: hook('c') } })];
  await using fast = start(grantOf(plan([inParallel('g', hasty, { failFast: true })])));
  expect((await fast.done).outcome).toBe('failed');
  expect(fast.story()).toContain('g.2 cancelled');
  expect(fast.log('c')).toBe('cancelled\n');
});

test("the job's timeout ends what runs; hooks and stops still run", async () => {
  const types = { services: { db: serviceType('db', 'true', { stop: exec('echo', 'stopped') }) } };
  const steps = [task('1', 'sleep 60')];
  await using run = start(
    grantOf(plan(steps, { timeoutMs: 100, services: [service('db')], types, hooks: { onFailure: hook('f') } })),
  );
  expect(await run.done).toMatchObject({ outcome: 'failed', problem: { code: 'job.timeout' } });
  expect(run.log('service:db:stop')).toBe('stopped\n');
  expect(run.log('f')).toBe('failed\n');
});

test('a get copies a local directory where one is named for it', async () => {
  const local = fresh();
  mkdirSync(join(local, 'sub'));
  writeFileSync(join(local, 'sub/file'), 'content');
  const get = {
    ...task('1', 'true'),
    kind: 'get' as const,
    name: 'my-app',
    resource: 'git.my-app',
    trigger: true,
    passed: [],
    version: 'latest' as const,
    params: {},
  };
  const resources = {
    'git.my-app': { type: 'git', name: 'my-app', params: { name: known('app') }, cache: false, tags: [] },
  };
  const types = { resources: { git: { name: 'git', builtin: true, params: ['name'], cache: false } } };
  await using run = start(grantOf(plan([get, task('2', 'cat app/sub/file')], { resources, types })), {
    overrides: new Map([['git.my-app', local]]),
  });
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('2')).toBe('content');
});

test.each(['mkdir "$PIKOCI_OUTPUT"', 'ln -s /etc/passwd "$PIKOCI_SUMMARY"', 'ln -s /dev/zero "$PIKOCI_MASK"'])(
  'what a task puts in the place of its files is not read: %s',
  async (script) => {
    await using run = start(grantOf(plan([task('1', `${script}; echo on`), task('2', 'true')])));
    expect((await run.done).outcome).toBe('errored');
    expect(run.problem('1')?.code).toBe('task.no_file');
    expect(run.events.some(({ kind }) => kind === 'summary')).toBe(false);
  },
);

test.each([
  ['a program that is not there', task('1', exec('no-such-program'))],
  ['a mistake in an expression', task('1', 'true', { env: { X: deferred('tonumber(build.job)', 'build.job') } })],
])('what would only come again is not tried again: %s', async (_name, step) => {
  const attempts = { count: 3, on: ['error' as const], delayMs: 0 };
  await using run = start(grantOf(plan([{ ...step, attempts }])));
  expect((await run.done).outcome).toBe('errored');
  expect(run.story()).toEqual(['1 started', '1 errored']);
  expect(isLasting(run.problem('1') ?? { code: '' })).toBe(true);
});

test('what a task may hand on the next time is tried again', () => {
  expect(isLasting({ code: 'no-value-yet' })).toBe(false);
});
