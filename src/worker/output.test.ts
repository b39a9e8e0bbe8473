/** Output that is large, binary, or all on one line, from the pipe to the server. */
import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { keptObjects } from '../lib/system/kept-objects.fixture.ts';
import { grantOf, plan, task } from './testing/plans.ts';
import { start } from './testing/run-plan.ts';

test('200 MB come through whole, and are not kept', async () => {
  const hash = createHash('sha256');
  let bytes = 0;
  const pieces = keptObjects();
  const script = 'head -c 209715200 /dev/zero | tr "\\0" x; echo';
  await using run = start(grantOf(plan([task('1', script)])), {
    async emit(event) {
      if (event.kind !== 'log') return;
      hash.update(event.bytes);
      bytes += event.bytes.byteLength;
      pieces.show(event.bytes);
      // A slow reader: the step must wait, not the memory grow.
      if (bytes % (8 * 1024 * 1024) < 262_144) await new Promise((resolve) => setTimeout(resolve, 1));
    },
  });
  expect((await run.done).outcome).toBe('succeeded');
  expect(bytes).toBe(209_715_201);
  const expected = createHash('sha256');
  for (let i = 0; i < 200; i += 1) expected.update('x'.repeat(1024 * 1024));
  expect(hash.digest('hex')).toBe(expected.update('\n').digest('hex'));
  expect(await pieces.share()).toBeLessThan(0.1);
}, 60_000);

test('bytes that are no text come through as they are', async () => {
  await using run = start(
    grantOf(plan([task('1', 'for i in 1 2 3 4 5 6 7 8; do head -c 100000 /dev/urandom; done | tee random')])),
  );
  expect((await run.done).outcome).toBe('succeeded');
  const sent = Buffer.concat(run.events.flatMap((event) => (event.kind === 'log' ? [event.bytes] : [])));
  expect(sent.equals(Buffer.from(await Bun.file(`${run.workDir}/random`).arrayBuffer()))).toBe(true);
});

test('lines of a megabyte come through, and no character is cut in two', async () => {
  const script = 'for i in 1 2 3; do yes "€" | head -n 350000 | tr -d "\\n"; echo; done';
  await using run = start(grantOf(plan([task('1', script)])));
  expect((await run.done).outcome).toBe('succeeded');
  const strict = new TextDecoder('utf-8', { fatal: true });
  const text = run.events.flatMap((event) => (event.kind === 'log' ? [strict.decode(event.bytes)] : [])).join('');
  expect(text).toBe(`${'€'.repeat(350_000)}\n`.repeat(3));
});
