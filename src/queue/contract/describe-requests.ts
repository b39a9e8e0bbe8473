import { describe, expect, test } from 'bun:test';
import type { Sender } from '../queue.ts';
import { MAX_MESSAGE_BYTES } from '../queue-errors.ts';
import { askUntilAnswered, bytes, Collected, failureCode, patternBytes, reached, text } from './observe.ts';
import type { MakeHarness } from './queue-harness.ts';

const SOON = { timeoutMs: 10_000 };

/** Resolves when the signal aborts; a handler that holds a question does this. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

export function describeRequests(make: MakeHarness): void {
  describe('request and serve', () => {
    test('the answer comes back, and the server knows who asked', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const senders: Sender[] = [];
      queue.serve(async (body, from) => {
        senders.push(from);
        return bytes(`${text(body)}!`);
      });
      expect(text(await harness.connectWorker('one').request(bytes('hello'), SOON))).toBe('hello!');
      expect(senders).toMatchObject([{ worker: 'one' }]);
    });

    test('many at once each get their own answer, in whatever order they are ready', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const late = Promise.withResolvers<void>();
      queue.serve(async (body) => {
        if (text(body) === '0') await late.promise;
        return body;
      });
      const worker = harness.connectWorker('one');
      const first = worker.request(bytes('0'), SOON);
      const others = await Promise.all(
        Array.from({ length: 100 }, async (_, i) => text(await worker.request(bytes(`${i + 1}`), SOON))),
      );
      expect(others).toEqual(Array.from({ length: 100 }, (_, i) => `${i + 1}`));
      late.resolve();
      expect(text(await first)).toBe('0');
    });

    test('a body and an answer of 5 MiB arrive as they left', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      queue.serve(async (body) => body);
      const body = patternBytes(5 * 1024 * 1024);
      const answer = await harness.connectWorker('one').request(body, SOON);
      expect(Buffer.compare(answer, body)).toBe(0);
    });

    test('an empty body and an empty answer are bodies too', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      queue.serve(async (body) => body);
      expect((await harness.connectWorker('one').request(new Uint8Array(0), SOON)).byteLength).toBe(0);
    });

    test.each([
      ['a request', MAX_MESSAGE_BYTES + 1, 1],
      ['an answer', 1, MAX_MESSAGE_BYTES + 1],
    ])('%s over the limit fails with a clear error, and the next one works', async (_, asked, answered) => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      queue.serve(async (body) => (text(body) === 'next' ? body : new Uint8Array(answered)));
      const worker = harness.connectWorker('one');
      expect(await failureCode(worker.request(new Uint8Array(asked), SOON))).toBe('queue.too_large');
      expect(text(await worker.request(bytes('next'), SOON))).toBe('next');
    });

    test('one that comes before there is a handler waits for it', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const answer = harness.connectWorker('one').request(bytes('early'), SOON);
      queue.serve(async (body) => body);
      expect(text(await answer)).toBe('early');
    });

    test('a handler that throws fails the request, and its message stays on the server', async () => {
      await using harness = await make();
      const server = await harness.startServer();
      server.queue.serve(async () => {
        throw new Error('the password is hunter2');
      });
      const failed = harness.connectWorker('one').request(bytes('x'), SOON);
      const error = await failed.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'queue.handler_failed' });
      expect(String(error)).not.toContain('hunter2');
      expect(server.handlerErrors.map(String)).toEqual(['Error: the password is hunter2']);
    });

    test('no answer in time is a timeout, and the server is told to stop', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const stopped = Promise.withResolvers<void>();
      queue.serve(async (_, __, signal) => {
        await aborted(signal);
        stopped.resolve();
        return bytes('too late');
      });
      const worker = harness.connectWorker('one');
      await reached(worker, 'connected');
      expect(await failureCode(worker.request(bytes('x'), { timeoutMs: 300 }))).toBe('queue.timeout');
      await stopped.promise;
    });

    test('no server in time is unreachable', async () => {
      await using harness = await make();
      expect(await failureCode(harness.connectWorker('one').request(bytes('x'), { timeoutMs: 200 }))).toBe(
        'queue.unreachable',
      );
    });

    test('an asker that aborts fails with its own reason, and the held question is let go', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const held = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      queue.serve(async (_, __, signal) => {
        held.resolve();
        await aborted(signal);
        released.resolve();
        return bytes('');
      });
      const asker = new AbortController();
      const request = harness.connectWorker('one').request(bytes('x'), { ...SOON, signal: asker.signal });
      await held.promise;
      asker.abort(new Error('not any more'));
      expect(String(await request.catch((reason: unknown) => reason))).toBe('Error: not any more');
      await released.promise;
    });

    test('a signal that has aborted already asks nothing', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const asked = new Collected<string>();
      queue.serve(async (body) => {
        asked.add(text(body));
        return body;
      });
      const worker = harness.connectWorker('one');
      const refused = worker.request(bytes('no'), { ...SOON, signal: AbortSignal.abort('gone') });
      expect(await refused.catch((reason: unknown) => reason)).toBe('gone');
      await worker.request(bytes('yes'), SOON);
      expect(asked.items).toEqual(['yes']);
    });

    test('a held question is let go when the asker closes', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const held = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      queue.serve(async (_, __, signal) => {
        held.resolve();
        await aborted(signal);
        released.resolve();
        return bytes('');
      });
      const worker = harness.connectWorker('one');
      const request = failureCode(worker.request(bytes('x'), SOON));
      await held.promise;
      await worker.close();
      expect(await request).toBe('queue.closed');
      await released.promise;
    });

    test('several servers compete: each question is answered once, and when one goes the others go on', async () => {
      await using harness = await make();
      const answeredBy: string[] = [];
      const servers = [await harness.startServer(), await harness.startServer()];
      servers.forEach(({ queue }, i) => {
        queue.serve(async (body) => {
          answeredBy.push(text(body));
          return bytes(`server ${i}`);
        });
      });
      const workers = ['a', 'b', 'c', 'd'].map((name) => harness.connectWorker(name));
      for (const [i, worker] of workers.entries()) await worker.request(bytes(`${i}`), SOON);
      expect(answeredBy).toEqual(['0', '1', '2', '3']);
      await servers[0]?.queue.close({ graceMs: 0 });
      for (const worker of workers) {
        expect(text(await askUntilAnswered(worker, bytes('again')))).toBe('server 1');
      }
    });
  });
}
