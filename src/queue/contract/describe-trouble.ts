import { expect, test } from 'bun:test';
import { bytes, Collected, text } from './observe.ts';
import type { MakeHarness, RunningServer } from './queue-harness.ts';

const SEEDS = [1, 2, 3];
const WORKERS = ['a', 'b', 'c'];
const MESSAGES = 150;
const TROUBLES = 12;

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Everything at once: connections cut, servers killed and started, a store that fails, while several workers emit. Then: nothing is lost, nothing
 * comes before what was emitted earlier, and no two messages of a worker are handled at one time by a server that lives.
 */
export function describeTrouble(make: MakeHarness): void {
  test.each(SEEDS)('nothing is lost or out of order, whatever is cut or killed meanwhile (seed %p)', async (seed) => {
    await using harness = await make();
    const random = randomOf(seed);
    const stored = new Collected<string>();
    const overlaps: string[] = [];

    const startServer = async (): Promise<RunningServer> => {
      const server = await harness.startServer();
      const inHand = new Set<string>();
      server.queue.ingest(async (body, from) => {
        if (inHand.has(from.worker)) overlaps.push(from.worker);
        inHand.add(from.worker);
        try {
          await new Promise((turn) => setImmediate(turn));
          if (random() < 0.02) throw new Error('the database is busy');
          stored.add(text(body));
        } finally {
          inHand.delete(from.worker);
        }
      });
      return server;
    };

    let server = await startServer();
    const emitted = WORKERS.map((name) => {
      const worker = harness.connectWorker(name);
      return Array.from({ length: MESSAGES }, (_, n) => worker.emit(bytes(`${name} ${n}`)));
    });
    const all = Promise.all(emitted.flat());
    let over = false;
    void all.then(() => {
      over = true;
    });
    for (let trouble = 0; trouble < TROUBLES && !over; trouble++) {
      const target = stored.items.length + Math.ceil(random() * 30);
      await Promise.race([stored.untilLength(target), all]);
      if (random() < 0.7) {
        await harness.cutConnections();
      } else {
        await server.crash();
        server = await startServer();
      }
    }
    await all;
    for (const name of WORKERS) {
      const own = stored.items.filter((item) => item.startsWith(`${name} `));
      expect([...new Set(own)]).toEqual(Array.from({ length: MESSAGES }, (_, n) => `${name} ${n}`));
    }
    expect(overlaps).toEqual([]);
  });
}
