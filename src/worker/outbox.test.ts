import { afterEach, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { silentLogger } from '../lib/logger.ts';
import { decodeEmitted } from '../protocol/codec.ts';
import type { AttemptEvent, EventBatch } from '../protocol/events.ts';
import { type Journal, openJournal } from './journal.ts';
import { createOutbox } from './outbox.ts';
import { freshDirs } from './testing/fresh-dirs.ts';
import { grantOf, plan } from './testing/plans.ts';

const A = 'attempt-1';
const { fresh, removeAll } = freshDirs('outbox');

afterEach(removeAll);

const openQuietly = (dir: string): Journal =>
  openJournal(dir, (message) => {
    throw new Error(message);
  });
const log = (text: string): AttemptEvent => ({ kind: 'log', at: 1, step: '1', bytes: new TextEncoder().encode(text) });
const started: AttemptEvent = { kind: 'step_started', at: 1, step: '1', try: 1 };

/** A queue whose acknowledgements the test gives. */
function heldQueue() {
  const sent: { batch: EventBatch; acknowledge: () => void; refuse: (code: string) => void }[] = [];
  const emit = (body: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      const message = decodeEmitted(body);
      if (message.kind !== 'events') throw new Error(message.kind);
      sent.push({ batch: message.batch, acknowledge: resolve, refuse: (code) => reject(new CodedError(code, code)) });
    });
  return { sent, emit };
}

const limits = { backlogBytes: 1024 * 1024 * 1024 };
const ignore = (): void => undefined;
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

function openAttempt(
  journal: Journal,
  queue: ReturnType<typeof heldQueue>,
  more = limits,
  onDiskFull: () => void = ignore,
) {
  const outbox = createOutbox({ journal, queue, logger: silentLogger, limits: more });
  journal.open(grantOf(plan([])), '/nowhere');
  outbox.open(A, 1, onDiskFull);
  return outbox;
}

const sentBy = (queue: ReturnType<typeof heldQueue>): (readonly [first: number, events: number])[] =>
  queue.sent.map(({ batch }) => [batch.first, batch.events.length]);

test('what comes in one turn leaves at once, and together', async () => {
  using journal = openQuietly(fresh());
  const queue = heldQueue();
  using outbox = openAttempt(journal, queue);
  await outbox.append(A, started);
  await outbox.append(A, log('a'));
  await turn();
  expect(sentBy(queue)).toEqual([[1, 2]]);
  queue.sent[0]?.acknowledge();
  expect(await outbox.sent(A)).toBe(true);
  expect(journal.read(A, 0, 1_000)).toBeUndefined();
});

test('little that follows waits for the acknowledgement of what is under way, much does not', async () => {
  using journal = openQuietly(fresh());
  const queue = heldQueue();
  using outbox = openAttempt(journal, queue);
  await outbox.append(A, started);
  await turn();
  for (const text of ['a', 'b', 'c']) {
    await outbox.append(A, log(text));
    await turn();
  }
  expect(sentBy(queue)).toEqual([[1, 1]]);
  queue.sent[0]?.acknowledge();
  await turn();
  await outbox.append(A, log('x'.repeat(20_000)));
  await turn();
  expect(sentBy(queue)).toEqual([
    [1, 1],
    [2, 3],
    [5, 1],
  ]);
  for (const { acknowledge } of queue.sent) acknowledge();
  expect(await outbox.sent(A)).toBe(true);
  expect(journal.read(A, 0, 1_000)).toBeUndefined();
});

test('what was not acknowledged is sent again by the next process, with the same numbers', async () => {
  const dir = fresh();
  {
    using journal = openQuietly(dir);
    const queue = heldQueue();
    using outbox = openAttempt(journal, queue);
    await outbox.append(A, log('a'));
    await turn();
    for (const text of ['b', 'c']) await outbox.append(A, log(text));
    queue.sent[0]?.acknowledge();
    await turn();
  }
  using journal = openQuietly(dir);
  const queue = heldQueue();
  using outbox = createOutbox({ journal, queue, logger: silentLogger, limits });
  outbox.open(A, 1, ignore);
  expect(queue.sent.map(({ batch }) => [batch.first, batch.events.length])).toEqual([[2, 2]]);
  await outbox.append(A, started);
  queue.sent[0]?.acknowledge();
  await turn();
  expect(queue.sent[1]?.batch.first).toBe(4);
  queue.sent[1]?.acknowledge();
  expect(await outbox.sent(A)).toBe(true);
});

test('while a megabyte is on its way the rest waits, and then leaves in large batches', async () => {
  using journal = openQuietly(fresh());
  const queue = heldQueue();
  using outbox = openAttempt(journal, queue);
  for (let i = 0; i < 400; i += 1) await outbox.append(A, log('x'.repeat(16_384)));
  const before = queue.sent.length;
  expect(before).toBeLessThan(80);
  for (let i = 0; i < queue.sent.length; i += 1) {
    queue.sent[i]?.acknowledge();
    await turn();
  }
  expect(queue.sent.length - before).toBeLessThan(30);
  const numbers = queue.sent.flatMap(({ batch }) => batch.events.map((_, index) => batch.first + index));
  expect(numbers).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
  expect(await outbox.sent(A)).toBe(true);
});

test('when the journal holds as much as it may, whoever writes waits for room', async () => {
  using journal = openQuietly(fresh());
  const queue = heldQueue();
  using outbox = openAttempt(journal, queue, { backlogBytes: 2_000 });
  await outbox.append(A, log('x'.repeat(1_000)));
  let room = false;
  const waiting = outbox.append(A, log('x'.repeat(1_000))).then(() => {
    room = true;
  });
  await turn();
  expect(room).toBe(false);
  queue.sent[0]?.acknowledge();
  await waiting;
});

test('on a full disk events go on in memory, after those on it, and the attempt hears of it', async () => {
  using journal = openQuietly(fresh());
  const queue = heldQueue();
  let full = false;
  const failing: Journal = {
    ...journal,
    append(attempt, number, event) {
      if (full) throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
      journal.append(attempt, number, event);
    },
  };
  let heard = 0;
  using outbox = openAttempt(failing, queue, limits, () => {
    heard += 1;
  });
  await outbox.append(A, log('on disk'));
  full = true;
  await outbox.append(A, log('in memory'));
  await outbox.append(A, started);
  expect(heard).toBeGreaterThan(0);
  await turn();
  for (let i = 0; i < queue.sent.length; i += 1) {
    queue.sent[i]?.acknowledge();
    await turn();
  }
  expect(queue.sent.flatMap(({ batch }) => batch.events.map((_, index) => batch.first + index))).toEqual([1, 2, 3]);
  expect(await outbox.sent(A)).toBe(true);
});

test('a queue that refuses ends the sending; nothing is lost and nobody waits for ever', async () => {
  using journal = openQuietly(fresh());
  const queue = heldQueue();
  using outbox = openAttempt(journal, queue, { backlogBytes: 10 });
  const waiting = outbox.append(A, log('a'));
  await turn();
  queue.sent[0]?.refuse('queue.closed');
  await waiting;
  expect(await outbox.sent(A)).toBe(false);
  expect(journal.read(A, 0, 1_000)?.first).toBe(1);
});

test('a journal keeps what is owed, and of nothing more after the end', () => {
  const dir = fresh();
  {
    using journal = openQuietly(dir);
    journal.open(grantOf(plan([]), { sealed: 'sealed values' }), '/root');
    const ledger = journal.ledger(A);
    ledger.processStarting('00000000000000aa', '1');
    ledger.processStarting('00000000000000bb', '2');
    ledger.processGone('00000000000000bb');
    ledger.cleanupOwed('c', { argv: ['docker', 'rm'], env: {}, cwd: '/' });
    ledger.serviceOwed('service:a');
    ledger.serviceOwed('service:b');
    ledger.serviceStopped('service:a');
    ledger.stepOpened('1', 1);
    ledger.stepOpened('1', 2);
    ledger.stepOpened('2', 1);
    ledger.stepTold('2');
  }
  using journal = openQuietly(dir);
  const [owed] = journal.owed();
  expect(owed).toMatchObject({
    root: '/root',
    ended: false,
    cleanups: [{ id: 'c', cleanup: { argv: ['docker', 'rm'] } }],
    services: ['service:b'],
    openSteps: [
      { step: '1', try: 2, told: false },
      { step: '2', try: 1, told: true },
    ],
  });
  expect(owed?.grant.sealed).toBeUndefined();
  expect(journal.processes()).toMatchObject([{ step: '1', traces: { cookie: '00000000000000aa' } }]);
  journal.end(A);
  expect(journal.owed()).toMatchObject([{ ended: true, cleanups: [], services: [], openSteps: [] }]);
  journal.forget(A);
  expect(journal.owed()).toEqual([]);
});

test('a journal that cannot be read is put aside, not in the way', () => {
  const dir = fresh();
  writeFileSync(join(dir, 'journal.db'), 'this is no database, and long enough that SQLite looks at it'.repeat(100));
  const warnings: string[] = [];
  using journal = openJournal(dir, (message) => warnings.push(message));
  expect(warnings).toHaveLength(1);
  expect(journal.owed()).toEqual([]);
});
