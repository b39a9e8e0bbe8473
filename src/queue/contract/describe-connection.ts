import { describe, expect, test } from 'bun:test';
import type { QueueState, Sender } from '../queue.ts';
import { bytes, Collected, failureCode, reached, text } from './observe.ts';
import type { MakeHarness } from './queue-harness.ts';

const SOON = { timeoutMs: 10_000 };

export function describeConnection(make: MakeHarness): void {
  describe('connection', () => {
    test('its state is told at the start and on every change', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const worker = harness.connectWorker('one');
      const states = new Collected<QueueState['kind']>();
      worker.onState((state) => states.add(state.kind));
      await states.until((items) => items.at(-1) === 'connected');
      expect(states.items).toEqual(['connecting', 'connected']);
      await harness.cutConnections();
      await states.until((items) => items.length > 2 && items.at(-1) === 'connected');
      await worker.close();
      expect(states.items.at(-1)).toBe('closed');
      expect(states.items.slice(2)).toContain('connecting');
      await queue.close();
    });

    test('refused credentials are final: everything fails at once and nothing is tried again', async () => {
      await using harness = await make();
      await harness.startServer();
      const stranger = harness.connectStranger();
      const waiting = failureCode(stranger.emit(bytes('x')));
      expect(await failureCode(stranger.request(bytes('x'), SOON))).toBe('queue.refused');
      expect(await waiting).toBe('queue.refused');
      expect(await failureCode(stranger.emit(bytes('later')))).toBe('queue.refused');
      expect((await reached(stranger, 'refused')).kind).toBe('refused');
    });

    test('a server hears of each connection and of its end, everything of one with the same sender', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const heard = new Set<Sender>();
      const gone = new Collected<Sender>();
      queue.watch({ heard: (from) => heard.add(from), gone: (from) => gone.add(from) });
      const senders = new Collected<Sender>();
      queue.serve(async (body, from) => {
        senders.add(from);
        return body;
      });
      const worker = harness.connectWorker('one');
      await worker.request(bytes('a'), SOON);
      await worker.request(bytes('b'), SOON);
      const states = new Collected<QueueState['kind']>();
      worker.onState((state) => states.add(state.kind));
      await harness.cutConnections();
      await gone.untilLength(1);
      await states.until((items) => items.length > 2);
      await worker.request(bytes('c'), SOON);
      const [first, second, third] = senders.items;
      expect(second).toBe(first as Sender);
      expect(third).not.toBe(first as Sender);
      expect(gone.items[0]).toBe(first as Sender);
      expect(heard.has(first as Sender) && heard.has(third as Sender)).toBe(true);
    });

    test('one that is not wanted any more is told why, and does not come again', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const waiting = Promise.withResolvers<void>();
      queue.serve(async (body) => {
        if (text(body) === 'held') {
          waiting.resolve();
          await new Promise(() => undefined);
        }
        return body;
      });
      const [one, two] = [harness.connectWorker('one'), harness.connectWorker('two')];
      await two.request(bytes('x'), SOON);
      const held = failureCode(one.request(bytes('held'), SOON));
      await waiting.promise;
      queue.refuse(({ worker }) => worker === 'one', 'its token was revoked');
      expect(await held).toBe('queue.refused');
      expect(await reached(one, 'refused')).toEqual({ kind: 'refused', error: 'its token was revoked' });
      expect(text(await two.request(bytes('y'), SOON))).toBe('y');
    });

    test('a question on its way when the connection is cut fails, and is not asked twice', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const asked = new Collected<string>();
      queue.serve(async (body) => {
        asked.add(text(body));
        if (text(body) === 'held') await new Promise(() => undefined);
        return body;
      });
      const worker = harness.connectWorker('one');
      const held = failureCode(worker.request(bytes('held'), SOON));
      await asked.untilLength(1);
      await harness.cutConnections();
      expect(await held).toBe('queue.unreachable');
      expect(text(await worker.request(bytes('next'), SOON))).toBe('next');
      expect(asked.items).toEqual(['held', 'next']);
    });

    test('a restarted server is found again', async () => {
      await using harness = await make();
      const first = await harness.startServer();
      first.queue.serve(async () => bytes('first'));
      const worker = harness.connectWorker('one');
      expect(text(await worker.request(bytes('?'), SOON))).toBe('first');
      await first.crash();
      await reached(worker, 'connecting');
      const second = await harness.startServer();
      second.queue.serve(async () => bytes('second'));
      expect(text(await worker.request(bytes('?'), SOON))).toBe('second');
    });

    test('a closed worker refuses everything, and closing twice is once', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      queue.serve(() => new Promise(() => undefined));
      queue.ingest(() => new Promise(() => undefined));
      const worker = harness.connectWorker('one');
      const request = failureCode(worker.request(bytes('x'), SOON));
      const emit = failureCode(worker.emit(bytes('x')));
      await reached(worker, 'connected');
      await worker.close();
      await worker.close();
      expect(await request).toBe('queue.closed');
      expect(await emit).toBe('queue.closed');
      expect(await failureCode(worker.request(bytes('x'), SOON))).toBe('queue.closed');
      expect(await failureCode(worker.emit(bytes('x')))).toBe('queue.closed');
      expect((await reached(worker, 'closed')).kind).toBe('closed');
    });

    test('a closing server lets a handler finish and gives its answer', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const held = Promise.withResolvers<void>();
      queue.serve(async (body, _, signal) => {
        held.resolve();
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        return body;
      });
      const answer = harness.connectWorker('one').request(bytes('last words'), SOON);
      await held.promise;
      await queue.close({ graceMs: 5_000 });
      await queue.close();
      expect(text(await answer)).toBe('last words');
    });

    test('a closing server stores what it has in hand', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const begun = Promise.withResolvers<void>();
      const store = Promise.withResolvers<void>();
      queue.ingest(async () => {
        begun.resolve();
        await store.promise;
      });
      const emitted = harness.connectWorker('one').emit(bytes('x'));
      await begun.promise;
      const closed = queue.close({ graceMs: 5_000 });
      store.resolve();
      await closed;
      await emitted;
    });

    test('a handler that never returns holds up the close for the grace only', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const held = Promise.withResolvers<void>();
      queue.serve(() => {
        held.resolve();
        return new Promise(() => undefined);
      });
      const answer = failureCode(harness.connectWorker('one').request(bytes('x'), SOON));
      await held.promise;
      await queue.close({ graceMs: 50 });
      expect(await answer).toBe('queue.unreachable');
    });
  });
}
