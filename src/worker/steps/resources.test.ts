/** `get`, `put` and `notify` with types written for the test. */
import { expect, test } from 'bun:test';
import type { BuildPlan } from '../../pipeline/plan.ts';
import type { GetStep, NotifyStep, PutStep } from '../../pipeline/plan-step.ts';
import { createMasks } from '../secrets/masks.ts';
import { grantOf, known, plan, shell, task } from '../testing/plans.ts';
import { start } from '../testing/run-plan.ts';

const { attempts, at, allowFailure, hooks } = task('0', 'true');
const common = { attempts, at, allowFailure, hooks };
const get: GetStep = {
  ...common,
  kind: 'get',
  id: '1',
  name: 'app',
  resource: 'git.app',
  trigger: true,
  passed: [],
  version: 'latest',
  params: { depth: known(1) },
};
const put: PutStep = {
  ...common,
  kind: 'put',
  id: '2',
  name: 'app',
  resource: 'git.app',
  params: { tag: known('v1') },
  noGet: false,
};
const notify: NotifyStep = {
  ...common,
  kind: 'notify',
  id: '3',
  name: 'chat',
  type: 'chat',
  message: known('hello'),
  params: { channel: known('ci') },
  attributes: { mood: known('good') },
};

function withTypes(
  steps: BuildPlan['steps'],
  scripts: { pull?: string; push?: string; notify?: string } = {},
  name = 'app',
): BuildPlan {
  return plan(steps, {
    resources: {
      'git.app': { type: 'git', name: 'app', params: { url: known('u'), name: known(name) }, cache: false, tags: [] },
    },
    types: {
      resources: {
        git: {
          name: 'git',
          builtin: false,
          params: [],
          cache: false,
          ...(scripts.pull !== undefined && { pull: shell(scripts.pull) }),
          ...(scripts.push !== undefined && { push: shell(scripts.push) }),
        },
      },
      notifications: { chat: { name: 'chat', builtin: false, params: [], notify: shell(scripts.notify ?? 'true') } },
    },
  });
}

const inputs = { '1': { resource: 'git.app', version: { ref: 'abc', at: { day: 3 } }, metadata: {} } };

test('a get fetches its version into its directory, and later steps know it', async () => {
  const pull =
    'echo "$param_url $version_ref $version_at_day $get_depth" > "$GET_DIR/file"; echo "{\\"version\\":{\\"ref\\":\\"abc\\"},\\"metadata\\":{\\"author\\":\\"me\\"}}"';
  const steps = [get, task('2', 'cat app/file; echo $GET_APP_REF $GET_APP_AT_DAY')];
  await using run = start(grantOf(withTypes(steps, { pull }), { inputs }));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('2')).toBe('u abc 3 1\nabc 3\n');
  expect(run.events.find((event) => event.kind === 'version')).toMatchObject({
    direction: 'fetched',
    resource: 'git.app',
    metadata: { author: 'me' },
  });
});

test('a name of "." is the work directory itself, and one that leads out is refused', async () => {
  await using run = start(
    grantOf(withTypes([get, task('2', 'cat file')], { pull: 'echo x > "$GET_DIR/file"' }, '.'), { inputs }),
  );
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('2')).toBe('x\n');
  await using out = start(grantOf(withTypes([get], { pull: 'true' }, '../x'), { inputs }));
  expect((await out.done).outcome).toBe('errored');
  expect(out.problem('1')?.code).toBe('path.outside');
});

test.each(['ln -s /etc app', 'ln -s /no/such/place app', 'ln -s / up; ln -s up/etc app'])(
  'a get does not follow a link out of the work directory: %s',
  async (script) => {
    const fetch = { ...get, id: '2' };
    const granted = grantOf(withTypes([task('1', script), fetch], { pull: 'echo pulled' }), {
      inputs: { '2': inputs['1'] },
    });
    await using run = start(granted);
    expect((await run.done).outcome).toBe('errored');
    expect(run.problem('2')?.code).toBe('path.outside');
    expect(run.log('2')).toBe('');
  },
);

test('a get that fails is our side, says which resource, and is not known to later steps', async () => {
  await using run = start(grantOf(withTypes([get], { pull: 'echo "repository not found" >&2; exit 128' }), { inputs }));
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('1')).toMatchObject({ code: 'get.failed', message: expect.stringContaining('git.app') });
  expect(run.log('1')).toBe('repository not found\n');
});

test('a get of a type without pull makes its directory; without a version it is an error', async () => {
  await using run = start(grantOf(withTypes([get, task('2', 'test -d app')]), { inputs }));
  expect((await run.done).outcome).toBe('succeeded');
  await using without = start(grantOf(withTypes([get])));
  expect((await without.done).outcome).toBe('errored');
  expect(without.problem('1')?.code).toBe('get.no_version');
});

test('a put pushes, tells the version of its last line, and fetches it', async () => {
  const scripts = { push: 'echo pushing; echo "{\\"ref\\":\\"$put_tag\\"}"', pull: 'echo "fetched $version_ref"' };
  await using run = start(grantOf(withTypes([put], scripts)));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('2')).toContain('fetched v1\n');
  expect(run.events.find((event) => event.kind === 'version')).toMatchObject({
    direction: 'pushed',
    version: { ref: 'v1' },
  });
  await using once = start(grantOf(withTypes([{ ...put, noGet: true }], scripts)));
  expect((await once.done).outcome).toBe('succeeded');
  expect(once.log('2')).not.toContain('fetched');
});

test('a put that fails has failed; one that prints no version is noted; where it is not allowed it is skipped', async () => {
  await using failing = start(grantOf(withTypes([put], { push: 'exit 1' })));
  expect((await failing.done).outcome).toBe('failed');
  await using silent = start(grantOf(withTypes([put], { push: 'echo done' })));
  expect((await silent.done).outcome).toBe('succeeded');
  expect(silent.log('2')).toContain('no version');
  await using local = start(grantOf(withTypes([put], { push: 'exit 1' })), { allowPut: false });
  expect((await local.done).outcome).toBe('skipped');
});

test('a notification gets its message and attributes; its failure is a warning', async () => {
  const script = 'echo "$NOTIFY_MESSAGE $notify_mood $param_channel"';
  await using run = start(grantOf(withTypes([notify], { notify: script })));
  expect((await run.done).outcome).toBe('succeeded');
  expect(run.log('3')).toBe('hello good ci\n');
  await using failing = start(grantOf(withTypes([notify], { notify: 'exit 1' })));
  expect((await failing.done).outcome).toBe('warning');
});

test('a pushed version that holds a secret is refused', async () => {
  const masks = createMasks();
  masks.add('hunter2');
  await using run = start(grantOf(withTypes([put], { push: `echo '{"ref": "x-hunter2"}'` })), { masks });
  expect((await run.done).outcome).toBe('errored');
  expect(run.problem('2')?.code).toBe('put.secret_in_version');
  expect(JSON.stringify(run.events)).not.toContain('hunter2');
});
