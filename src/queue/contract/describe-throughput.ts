import { expect, test } from 'bun:test';
import { bytes } from './observe.ts';
import type { MakeHarness } from './queue-harness.ts';

const MESSAGES = 2_000;
const ROUND_TRIPS = 500;

/** Prints what this adapter carries here and now. A number for the reader of the log; a slow machine fails nothing. */
export function describeThroughput(name: string, make: MakeHarness): void {
  test('throughput', async () => {
    await using harness = await make();
    const { queue } = await harness.startServer();
    let stored = 0;
    queue.ingest(async () => {
      stored++;
    });
    queue.serve(async (body) => body);
    const worker = harness.connectWorker('one');
    await worker.emit(bytes('warm-up'));
    const body = new Uint8Array(1_024);
    const start = performance.now();
    await Promise.all(Array.from({ length: MESSAGES }, () => worker.emit(body)));
    const emitMs = performance.now() - start;
    expect(stored).toBe(MESSAGES + 1);
    const askStart = performance.now();
    for (let i = 0; i < ROUND_TRIPS; i++) await worker.request(body, { timeoutMs: 10_000 });
    const askMs = performance.now() - askStart;
    const perSecond = Math.round(MESSAGES / (emitMs / 1_000));
    console.log(`queue ${name}: ${perSecond} emits/s of 1 KiB; a request takes ${(askMs / ROUND_TRIPS).toFixed(2)} ms`);
  });
}
