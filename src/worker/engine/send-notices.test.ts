import { expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AutomaticNotice, BuildPlan, NotifyMoment } from '../../pipeline/plan.ts';
import type { Step } from '../../pipeline/plan-step.ts';
import type { RunnerType } from '../../pipeline/plan-types.ts';
import type { BuildGrant } from '../../protocol/messages.ts';
import { deferred, grantOf, PLACE, plan, shell, task } from '../testing/plans.ts';
import { start } from '../testing/run-plan.ts';
import { settleBuild } from './settle-build.ts';

/** Its program says that it could not run the command. */
const FLAKY: RunnerType = {
  ...{ name: 'flaky', builtin: false, defaults: {}, errorExitCodes: [125] },
  run: { path: '/bin/sh', args: ['-c', 'exit 125'] },
};

const notice = (id: string, ...on: NotifyMoment[]): AutomaticNotice => ({
  on,
  step: {
    kind: 'notify',
    id,
    name: id,
    at: PLACE,
    attempts: { count: 1, on: [], delayMs: 0 },
    allowFailure: false,
    hooks: {},
    type: 'chat',
    params: {},
    attributes: {},
    message: deferred('"${build.status} after ${build.previous_status}"', 'build.status', 'build.previous_status'),
  },
});

const withNotices = (
  steps: readonly Step[],
  notices: AutomaticNotice[],
  more: Partial<BuildPlan> = {},
  say = 'echo "$NOTIFY_MESSAGE"',
) =>
  plan(steps, {
    ...more,
    notices,
    types: {
      runners: { flaky: FLAKY },
      notifications: { chat: { name: 'chat', builtin: false, params: [], notify: shell(say) } },
    },
  });

const MOMENTS: readonly NotifyMoment[] = ['success', 'failure', 'error', 'cancel', 'broken', 'fixed', 'all'];

async function told(
  steps: readonly Step[],
  before: BuildGrant['build']['previousStatus'],
  more: Partial<BuildGrant> = {},
) {
  const grant = grantOf(
    withNotices(
      steps,
      MOMENTS.map((moment) => notice(moment, moment)),
    ),
    more,
  );
  await using run = start({
    ...grant,
    build: { ...grant.build, ...(before !== undefined && { previousStatus: before }) },
  });
  const { outcome } = await run.done;
  const sent = run.events.flatMap((event) => (event.kind === 'step_started' ? [event.step] : []));
  return { outcome, sent: MOMENTS.filter((moment) => sent.includes(moment)), log: run.log('all') };
}

const good = task('1', 'true');
const bad = task('1', 'exit 1');
const errs = task('1', { runner: 'flaky', params: {}, at: PLACE });
const errsAgain = task('1', { runner: 'exec', params: {}, at: PLACE });

test.each<[string, Step, BuildGrant['build']['previousStatus'], NotifyMoment[]]>([
  ['the first, green', good, undefined, ['success', 'all']],
  ['green after green', good, 'succeeded', ['success', 'all']],
  ['green after red', good, 'failed', ['success', 'fixed', 'all']],
  ['the first, red', bad, undefined, ['failure', 'broken', 'all']],
  ['red after green', bad, 'warning', ['failure', 'broken', 'all']],
  ['red after red', bad, 'errored', ['failure', 'all']],
  ['an error after green', errs, 'succeeded', ['error', 'broken', 'all']],
])('%s', async (_, step, before, sent) => {
  const result = await told([step], before);
  expect(result.sent).toEqual(sent);
  expect(result.log).toContain(`${result.outcome} after ${before ?? ''}`);
});

test('an error that is tried again is told by the last attempt', async () => {
  expect((await told([errs], 'succeeded', { retriesLeft: 1 })).sent).toEqual([]);
  expect((await told([errs], 'succeeded', { retriesLeft: 0 })).sent).toEqual(['error', 'broken', 'all']);
  // The server does not try again what another attempt would meet again.
  expect((await told([errsAgain], 'succeeded', { retriesLeft: 1 })).sent).toEqual(['error', 'broken', 'all']);
});

test('a hook that fails, or a notification, keeps none from being sent, and the build as it is', async () => {
  const hooks = { onSuccess: [task('h', 'exit 1')] };
  await using run = start(grantOf(withNotices([good], [notice('a', 'all'), notice('b', 'all')], { hooks }, 'exit 1')));
  expect((await run.done).outcome).toBe('failed');
  const ends = run.events.flatMap((event) => (event.kind === 'step_ended' ? [`${event.step} ${event.outcome}`] : []));
  expect(ends.sort()).toEqual(['1 succeeded', 'a warning', 'b warning', 'h failed']);
});

test.each<[string, number, string[], NotifyMoment[]]>([
  ['it is tried again', 1, [], []],
  ['it was the last attempt', 0, [], ['error', 'broken', 'all']],
  ['it had pushed something', 1, ['effects'], ['error', 'broken', 'all']],
])('a worker that died in the build tells of it when it is back: %s', async (_, retriesLeft, open, sent) => {
  const notices = MOMENTS.map((moment) => notice(moment, moment));
  const grant = grantOf(withNotices([good], notices), { retriesLeft });
  const owed = { openSteps: open.map((step) => ({ step, try: 1, told: true })), services: [], serviceOutputs: {} };
  await using run = start(grant, {}, async (_, host) => {
    mkdirSync(join(host.privateDir, 'tmp'));
    await settleBuild(grant, owed, host);
    return { outcome: 'errored', problem: undefined };
  });
  await run.done;
  const began = run.events.flatMap((event) => (event.kind === 'step_started' ? [event.step] : []));
  expect(MOMENTS.filter((moment) => began.includes(moment))).toEqual(sent);
});
