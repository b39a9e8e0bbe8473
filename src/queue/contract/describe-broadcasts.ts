import { describe, expect, test } from 'bun:test';
import { bytes, Collected, reached, text } from './observe.ts';
import type { MakeHarness } from './queue-harness.ts';

export function describeBroadcasts(make: MakeHarness): void {
  describe('broadcast and listen', () => {
    test('every worker that is connected hears it, until it stops listening', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const heard = new Collected<string>();
      const stops = await Promise.all(
        ['a', 'b'].map(async (name) => {
          const worker = harness.connectWorker(name);
          await reached(worker, 'connected');
          return worker.listen((body) => heard.add(`${name} ${text(body)}`));
        }),
      );
      await queue.broadcast(bytes('1'));
      await heard.untilLength(2);
      stops[0]?.();
      await queue.broadcast(bytes('2'));
      await heard.untilLength(3);
      expect([...heard.items].sort()).toEqual(['a 1', 'b 1', 'b 2']);
    });

    test('two listeners of one worker both hear it; one that is given twice counts twice', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      const worker = harness.connectWorker('a');
      await reached(worker, 'connected');
      const heard = new Collected<string>();
      const listener = (body: Uint8Array): void => heard.add(text(body));
      const stop = worker.listen(listener);
      worker.listen(listener);
      await queue.broadcast(bytes('1'));
      await heard.untilLength(2);
      stop();
      await queue.broadcast(bytes('2'));
      await heard.untilLength(3);
      expect(heard.items).toEqual(['1', '1', '2']);
    });

    test('with nobody there it is lost without harm', async () => {
      await using harness = await make();
      const { queue } = await harness.startServer();
      await queue.broadcast(bytes('1'));
      const worker = harness.connectWorker('late');
      const heard = new Collected<string>();
      worker.listen((body) => heard.add(text(body)));
      await reached(worker, 'connected');
      await queue.broadcast(bytes('2'));
      await heard.untilLength(1);
      expect(heard.items).toEqual(['2']);
    });
  });
}
