import { expect, test } from 'bun:test';
import type { AttemptId } from '../../lib/ids.ts';
import type { StoredEvent } from '../../store/records.ts';
import { StepFold } from './step-fold.ts';

type Event = StoredEvent['event'];

function fold(...events: Event[]): StepFold {
  const made = new StepFold();
  for (const [index, event] of events.entries()) made.apply({ attemptId: 'a' as AttemptId, seq: index + 1, event });
  return made;
}

const began = (step: string, at: number, tried = 1): Event => ({ kind: 'step_started', at, step, try: tried });
const over = (step: string, at: number, more: object = {}): Event => ({
  kind: 'step_ended',
  at,
  step,
  try: 1,
  outcome: 'failed',
  exitCode: 2,
  ...more,
});

test('a step that is tried again runs on, since its first try', () => {
  const states = fold(began('1', 10), over('1', 20, { again: true }), began('1', 25, 2)).states({ status: 'running' });
  expect(states).toEqual([{ step: '1', try: 2, status: 'running', startedAt: 10, endedAt: null, logBytes: 0 }]);
});

test('the end of a step keeps its log, its code and its problem', () => {
  const made = fold(began('1', 10));
  made.logged('1', 7);
  made.logged('1', 3);
  made.logged('never began', 3);
  const problem = { code: 'step.timeout', message: 'it took too long' };
  made.apply({ attemptId: 'a' as AttemptId, seq: 2, event: over('1', 20, { problem }) });
  expect(made.states({ status: 'running' })).toEqual([
    { step: '1', try: 1, status: 'failed', startedAt: 10, endedAt: 20, exitCode: 2, problem, logBytes: 7 },
  ]);
});

test.each([
  ['lost', 'errored', 99],
  ['ended', 'errored', 99],
  ['running', 'running', null],
] as const)('a step in the middle of which the attempt is %s', (status, expected, endedAt) => {
  const [state] = fold(began('1', 10)).states({ status, endedAt: 99 });
  expect(state).toMatchObject({ status: expected, endedAt });
});
