import { expect, test } from 'bun:test';
import { silentLogger } from '../../lib/logger.ts';
import type { WorkKind } from '../../protocol/messages.ts';
import { HeldTime } from '../held-time.fixture.ts';
import { createHeldQuestions } from './questions.ts';

const HOLD_MS = 30_000;

function world() {
  const time = new HeldTime();
  const questions = createHeldQuestions<string>(time.clock, time.timers, silentLogger);
  const tried: string[] = [];
  const work: Record<WorkKind, string[]> = { build: [], check: [] };
  const stop = new AbortController();
  questions.start();
  return {
    questions,
    tried,
    work,
    time,
    ask: (name: string, kind: WorkKind, alike = `${kind}s`): Promise<string | undefined> =>
      questions.ask(
        { kinds: [kind], alike },
        async () => {
          tried.push(name);
          return work[kind].shift();
        },
        HOLD_MS,
        stop.signal,
      ),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await questions.stop();
    },
  };
}

test('word of a build is no reason to look for checks, and of questions that are alike one is tried', async () => {
  await using here = world();
  const { questions, tried, work } = here;
  const first = here.ask('build 1', 'build');
  for (const name of ['build 2', 'build 3']) void here.ask(name, 'build');
  for (const name of ['check 1', 'check 2']) void here.ask(name, 'check');
  void here.ask('build of another', 'build', 'others');
  await questions.idle();
  tried.length = 0;
  questions.wake('build');
  await questions.idle();
  expect(tried).toEqual(['build 1', 'build of another']);

  tried.length = 0;
  work.build.push('a grant');
  questions.wake('build');
  expect(await first).toBe('a grant');
  await questions.idle();
  expect(tried).toEqual(['build 1', 'build 2', 'build of another']);
});

test('who asks is tried at once, the others are not', async () => {
  await using here = world();
  void here.ask('build 1', 'build');
  await here.questions.idle();
  here.tried.length = 0;
  here.work.check.push('a check');
  expect(await here.ask('check 1', 'check')).toBe('a check');
  expect(here.tried).toEqual(['check 1']);
});

test('everybody is tried from time to time, however many others ask', async () => {
  await using here = world();
  void here.ask('build 1', 'build');
  await here.questions.idle();
  here.tried.length = 0;
  here.time.clock.forward(2_000);
  void here.ask('check 1', 'check');
  await here.questions.idle();
  expect(here.tried.toSorted()).toEqual(['build 1', 'check 1']);
});

test('a build that is put off is looked for when its time comes', async () => {
  await using here = world();
  const asked = here.ask('build 1', 'build');
  await here.questions.idle();
  here.questions.wakeAt(here.time.clock.now() + 500);
  await here.questions.idle();
  here.time.clock.forward(500);
  here.work.build.push('another try');
  here.time.ring();
  expect(await asked).toBe('another try');
});
