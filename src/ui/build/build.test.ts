import { describe, expect, test } from 'bun:test';
import type { AttemptView, BuildDetailView, StepState, StepView } from '../../protocol/builds.ts';
import { applyMessage } from './apply-message.ts';
import { barOf, stepOfInterest, stepRows } from './step-rows.ts';
import { stepTitle } from './step-title.ts';
import { causeText, versionLabel, versionStory } from './version-text.ts';

const step = (id: string, more: Partial<StepView> = {}): StepView => ({
  id,
  name: id,
  kind: 'task',
  summary: '',
  ...more,
});
const state = (id: string, status: StepState['status'], more: Partial<StepState> = {}): StepState => ({
  step: id,
  try: 1,
  status,
  startedAt: 100,
  endedAt: status === 'running' ? null : 200,
  logBytes: 10,
  ...more,
});
const attempt = (steps: StepState[], status: AttemptView['status'] = 'ended'): AttemptView => ({
  id: 'a1',
  number: 1,
  status,
  worker: 'w',
  grantedAt: 0,
  startedAt: 50,
  endedAt: null,
  steps,
});
const shown = (rows: ReturnType<typeof stepRows>): string[] =>
  rows.map((row) => `${'  '.repeat(row.depth)}${row.step.id} ${row.status}`);

describe('stepRows', () => {
  const plan = [
    step('1', { kind: 'get' }),
    step('2', { kind: 'in_parallel' }),
    step('2.1', { parent: '2' }),
    step('2.2', { parent: '2' }),
    step('2.2.on_failure.1', { parent: '2.2', hook: 'on_failure' }),
    step('3'),
  ];
  test.each([
    [
      'nothing has run',
      undefined,
      ['1 pending', '2 pending', '  2.1 pending', '  2.2 pending', '    2.2.on_failure.1 pending', '3 pending'],
    ],
    [
      'a group is what its children are',
      attempt([state('1', 'succeeded'), state('2.1', 'succeeded'), state('2.2', 'running')], 'running'),
      ['1 succeeded', '2 running', '  2.1 succeeded', '  2.2 running', '    2.2.on_failure.1 pending', '3 pending'],
    ],
    [
      'a hook that did not run is left out at the end',
      attempt([state('2.1', 'succeeded'), state('2.2', 'succeeded')]),
      ['1 pending', '2 succeeded', '  2.1 succeeded', '  2.2 succeeded', '3 pending'],
    ],
    [
      'the last try counts, and what the plan does not know is shown',
      attempt([state('1', 'failed'), state('1', 'succeeded', { try: 2 }), state('x', 'failed')]),
      ['1 succeeded', '2 pending', '  2.1 pending', '  2.2 pending', '3 pending', 'x failed'],
    ],
  ])('%s', (_name, of, rows) => expect(shown(stepRows(plan, of))).toEqual(rows));

  test('a parent that is not there does not hide its children', () => {
    expect(shown(stepRows([step('9.1', { parent: '9' })], undefined))).toEqual(['9.1 pending']);
  });
});

test.each<[Partial<StepView>, string | undefined, string]>([
  [{ name: 'unit' }, undefined, 'unit'],
  [{ kind: 'get', name: 'app' }, 'get', 'app'],
  [{ kind: 'in_parallel', name: 'in_parallel' }, undefined, 'in parallel'],
  [{ kind: 'service', id: 'service:db:ready', name: 'db ready' }, 'wait for', 'db'],
  [{ kind: 'service', id: 'service:log:log', name: 'log log' }, 'log', 'log'],
  [{ kind: 'service', id: 'service:db:start', name: 'db' }, 'start', 'db'],
  [{ kind: 'service', id: 'service:db', name: 'db' }, 'service', 'db'],
  [{ name: 'ensure', hook: 'ensure', summary: 'exec echo' }, 'always', 'exec echo'],
  [{ name: 'tell', hook: 'on_failure', summary: 'exec echo' }, 'on failure', 'tell'],
])('stepTitle %j', (given, kind, name) => expect(stepTitle(step('1', given))).toEqual({ kind, name }));

describe('stepOfInterest', () => {
  const plan = [step('1', { kind: 'get' }), step('2'), step('3'), step('e', { hook: 'ensure' })];
  test.each([
    ['none', undefined, '1'],
    ['the one that runs', attempt([state('1', 'succeeded'), state('2', 'running')], 'running'), '2'],
    ['the one that failed, not the hook after it', attempt([state('2', 'failed'), state('e', 'failed')]), '2'],
    ['failed before cancelled', attempt([state('2', 'cancelled'), state('3', 'failed')]), '3'],
    ['the last task', attempt([state('1', 'succeeded'), state('2', 'succeeded'), state('e', 'succeeded')]), '2'],
  ])('%s', (_name, of, id) => expect(stepOfInterest(stepRows(plan, of))?.step.id).toBe(id));
});

test('what a service writes is left out when it writes nothing, and is not the step that runs when another does', () => {
  const log = step('service:db:log', { kind: 'service' });
  expect(stepRows([log, step('1')], undefined).map((row) => row.step.id)).toEqual(['1']);
  const plan = [log, step('1', { kind: 'get' })];
  const rows = stepRows(plan, attempt([state('service:db:log', 'running'), state('1', 'running')], 'running'));
  expect(rows.map((row) => row.step.id)).toEqual(['service:db:log', '1']);
  expect(stepOfInterest(rows)?.step.id).toBe('1');
});

test('barOf lies within the whole', () => {
  const [row] = stepRows([step('1')], attempt([state('1', 'succeeded')]));
  expect(row && barOf(row, 0, 400)).toEqual({ start: 0.25, width: 0.25 });
  expect(row && barOf({ ...row, startedAt: null }, 0, 400)).toBeUndefined();
  expect(row && barOf({ ...row, startedAt: -50, endedAt: null }, 0, 400)).toEqual({ start: 0, width: 1 });
});

describe('applyMessage', () => {
  const build: BuildDetailView = {
    id: 'b',
    team: 'main',
    pipeline: 'p',
    job: 'j',
    number: 1,
    status: 'running',
    cause: { kind: 'manual', by: 'ada' },
    revision: 1,
    versions: {},
    createdAt: 0,
    startedAt: 1,
    endedAt: null,
    steps: [],
    attempts: [attempt([state('1', 'running')], 'running')],
    inputs: [],
    inputValues: [],
    outputs: [],
  };
  test('each message changes its part and leaves what was', () => {
    const frozen = Object.freeze(structuredClone(build));
    expect(applyMessage(undefined, { event: 'snapshot', build })).toEqual(build);
    expect(applyMessage(undefined, { event: 'build', build })).toBeUndefined();
    expect(applyMessage(frozen, { event: 'build', build: { ...build, status: 'failed' } })?.status).toBe('failed');
    const second = { ...attempt([], 'granted'), id: 'a2', number: 2 };
    expect(applyMessage(frozen, { event: 'attempt', attempt: second })?.attempts.map((one) => one.id)).toEqual([
      'a1',
      'a2',
    ]);
    const stepped = applyMessage(frozen, { event: 'step', attempt: 'a1', state: state('1', 'failed') });
    expect(stepped?.attempts[0]?.steps).toEqual([state('1', 'failed')]);
    const more = applyMessage(frozen, { event: 'step', attempt: 'a1', state: state('1', 'running', { try: 2 }) });
    expect(more?.attempts[0]?.steps).toHaveLength(2);
    expect(frozen).toEqual(build);
  });
});

describe('versions', () => {
  const sha = '3f2a91c0d4b5e6f708192a3b4c5d6e7f80912345';
  test.each([
    [{ ref: sha }, '3f2a91c'],
    [{ tag: 'v1.2.3' }, 'v1.2.3'],
    [{ ref: sha, branch: 'main' }, 'ref 3f2a91c, branch main'],
    [{ at: { day: 1 } }, '{"day":1}'],
    [{ digest: `sha256:${'a'.repeat(64)}` }, `sha256:${'a'.repeat(12)}`],
    [{ time: '2026-11-22T00:08:20.123Z' }, '2026-11-22 00:08:20'],
    [{ long: 'a'.repeat(50) }, `${'a'.repeat(39)}…`],
    [{}, ''],
  ])('%j', (fields, label) => expect(versionLabel(fields)).toBe(label));

  test('an address that is not http is no link', () => {
    expect(versionStory({ url: 'javascript:alert(1)', message: 'a\nb', author: 'Ada <a@b.example>' })).toEqual({
      message: 'a',
      author: 'Ada',
      url: undefined,
    });
  });

  test('causes', () => {
    expect(causeText({ kind: 'version', resource: 'git.a', version: { ref: sha } })).toBe('new git.a 3f2a91c');
    expect(causeText({ kind: 'retry', by: 'ada', ofNumber: 3 })).toBe('retry of #3 by ada');
  });
});
