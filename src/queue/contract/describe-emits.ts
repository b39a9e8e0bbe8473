import { describe, expect, test } from 'bun:test';
import { MAX_MESSAGE_BYTES } from '../queue-errors.ts';
import { askUntilAnswered, bytes, Collected, failureCode, patternBytes, text } from './observe.ts';
import type { MakeHarness } from './queue-harness.ts';

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`);

/** What arrived, without the repeats that at-least-once allows; a message that comes before its predecessor stays visible. */
const firstArrivals = (items: readonly string[]): string[] => [...new Set(items)];

export function describeEmits(make: MakeHarness): void {
  describe('emit and ingest', () => {
    test('resolves after it is stored, not before', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const arrived = Promise.withResolvers<void>();
      const store = Promise.withResolvers<void>();
      queue.ingest(async () => {
        arrived.resolve();
        await store.promise;
      });
      let resolved = false;
      const emitted = harness
        .connectWorker('one')
        .emit(bytes('x'))
        .then(() => {
          resolved = true;
        });
      await arrived.promise;
      await new Promise((turn) => setImmediate(turn));
      expect(resolved).toBe(false);
      store.resolve();
      await emitted;
    });

    test("one worker's messages come in order and one at a time; two workers' at once", async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const seen: Record<string, string[]> = { a: [], b: [] };
      const inHand: Record<string, number> = { a: 0, b: 0 };
      let mostInHand = 0;
      const together = Promise.withResolvers<void>();
      queue.ingest(async (body, from) => {
        inHand[from.worker] = (inHand[from.worker] ?? 0) + 1;
        mostInHand = Math.max(mostInHand, inHand[from.worker] ?? 0);
        if (inHand.a === 1 && inHand.b === 1) together.resolve();
        if (text(body) === '1') await together.promise;
        await new Promise((turn) => setImmediate(turn));
        seen[from.worker]?.push(text(body));
        inHand[from.worker] = (inHand[from.worker] ?? 0) - 1;
      });
      const workers = [harness.connectWorker('a'), harness.connectWorker('b')];
      await Promise.all(workers.flatMap((worker) => numbers(1, 200).map((n) => worker.emit(bytes(n)))));
      expect(mostInHand).toBe(1);
      expect(seen).toEqual({ a: numbers(1, 200), b: numbers(1, 200) });
    });

    test('what could not be stored comes again before anything later', async () => {
      await using harness = await make();
      const server = await harness.startServer();
      const tries: string[] = [];
      server.queue.ingest(async (body) => {
        tries.push(text(body));
        if (tries.length < 3) throw new Error('the disk is full');
      });
      const worker = harness.connectWorker('one');
      await Promise.all(['a', 'b'].map((name) => worker.emit(bytes(name))));
      expect(tries).toEqual(['a', 'a', 'a', 'b']);
      expect(server.handlerErrors.map(String)).toEqual(['Error: the disk is full', 'Error: the disk is full']);
    });

    test('what is emitted while no server runs arrives when one does', async () => {
      await using harness = await make();
      const worker = harness.connectWorker('one');
      const emitted = numbers(1, 10).map((n) => worker.emit(bytes(n)));
      const { queue } = await harness.startServer();
      const stored: string[] = [];
      queue.ingest(async (body) => {
        stored.push(text(body));
      });
      await Promise.all(emitted);
      expect(firstArrivals(stored)).toEqual(numbers(1, 10));
    });

    test('a cut connection loses nothing and keeps the order', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const stored = new Collected<string>();
      queue.ingest(async (body) => {
        await new Promise((turn) => setImmediate(turn));
        stored.add(text(body));
      });
      const worker = harness.connectWorker('one');
      const emitted = numbers(1, 300).map((n) => worker.emit(bytes(n)));
      for (const at of [50, 150]) {
        await stored.untilLength(at);
        await harness.cutConnections();
      }
      await Promise.all(emitted);
      expect(firstArrivals(stored.items)).toEqual(numbers(1, 300));
    });

    test('a message under way when the connection is cut is not handled twice at the same time', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const begun = new Collected<string>();
      const store = Promise.withResolvers<void>();
      let inHand = 0;
      let mostInHand = 0;
      queue.ingest(async (body) => {
        mostInHand = Math.max(mostInHand, ++inHand);
        begun.add(text(body));
        if (text(body) === '1') await store.promise;
        inHand--;
      });
      const worker = harness.connectWorker('one');
      const emitted = [worker.emit(bytes('1')), worker.emit(bytes('2'))];
      await begun.untilLength(1);
      await harness.cutConnections();
      // A request that is answered shows that the worker is connected again.
      queue.serve(async (body) => body);
      await askUntilAnswered(worker, bytes('back?'));
      expect(mostInHand).toBe(1);
      store.resolve();
      await Promise.all(emitted);
      expect(mostInHand).toBe(1);
      expect(firstArrivals(begun.items)).toEqual(['1', '2']);
    });

    test('a server killed in the middle loses nothing: the next one gets what was not acknowledged', async () => {
      await using harness = await make();
      const stored = new Collected<string>();
      const first = await harness.startServer();
      first.queue.ingest(async (body) => {
        if (text(body) === '6') await new Promise(() => undefined);
        stored.add(text(body));
      });
      const worker = harness.connectWorker('one');
      const emitted = numbers(1, 20).map((n) => worker.emit(bytes(n)));
      await stored.untilLength(5);
      await first.crash();
      const second = await harness.startServer();
      second.queue.ingest(async (body) => stored.add(text(body)));
      await Promise.all(emitted);
      expect(firstArrivals(stored.items)).toEqual(numbers(1, 20));
    });

    test('5 MiB arrive as they left, several in a row', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const body = patternBytes(5 * 1024 * 1024);
      const same: boolean[] = [];
      queue.ingest(async (arrived) => {
        same.push(Buffer.compare(arrived, body) === 0);
      });
      const worker = harness.connectWorker('one');
      await Promise.all([1, 2, 3, 4, 5, 6].map(() => worker.emit(body)));
      expect(same).toEqual([true, true, true, true, true, true]);
    });

    test('the body may be reused as soon as emit has returned', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const stored: string[] = [];
      queue.ingest(async (body) => {
        stored.push(text(body));
      });
      const worker = harness.connectWorker('one');
      const body = bytes('first');
      const emitted = worker.emit(body);
      body.fill(0x78);
      await emitted;
      expect(stored).toEqual(['first']);
    });

    test('one over the limit fails with a clear error and stops nothing', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const stored: number[] = [];
      queue.ingest(async (body) => {
        stored.push(body.byteLength);
      });
      const worker = harness.connectWorker('one');
      expect(await failureCode(worker.emit(new Uint8Array(MAX_MESSAGE_BYTES + 1)))).toBe('queue.too_large');
      await worker.emit(new Uint8Array(MAX_MESSAGE_BYTES));
      expect(stored).toEqual([MAX_MESSAGE_BYTES]);
    });
  });
}
