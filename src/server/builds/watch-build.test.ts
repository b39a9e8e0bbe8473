import { expect, test } from 'bun:test';
import { apiOf } from '../api-calls.fixture.ts';
import { ended, log, started, startTestServer, stepEnded, stepStarted } from '../test-server.fixture.ts';
import { manual, pipelines, readUntil, set, textOf } from '../whole-server.fixture.ts';

test('a build is watched live, and gone on with where a reader stopped', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'chain');
  const build = await api.call('triggerJob', manual);
  const live = readUntil(await api.send('GET', `/builds/${build.id}/events`), ({ event }) => event === 'end');
  const worker = await world.worker();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, stepStarted('1'));
  const euro = new TextEncoder().encode('1 €\n');
  await worker.emit(grant, log('1', euro.subarray(0, 3)));
  await worker.emit(grant, log('1', euro.subarray(3)));
  await worker.emit(grant, log('1', new Uint8Array([0xe2])), stepEnded('1'), ended());

  const seen = await live;
  expect(seen[0]?.message).toMatchObject({ event: 'snapshot', build: { status: 'pending', attempts: [] } });
  expect(textOf(seen)).toBe('1 €\n\ufffd');
  const kinds = seen.map(({ message }) => message.event);
  expect(kinds.indexOf('attempt')).toBeLessThan(kinds.indexOf('step'));
  expect(kinds.indexOf('step')).toBeLessThan(kinds.indexOf('log'));
  const last = (kind: string) => seen.findLast(({ message }) => message.event === kind)?.message;
  expect(last('build')).toMatchObject({ build: { status: 'succeeded' } });
  expect(last('attempt')).toMatchObject({ attempt: { status: 'ended', steps: [{ step: '1', status: 'succeeded' }] } });
  expect(last('step')).toMatchObject({ state: { status: 'succeeded', exitCode: 0 } });

  // From every message on: what follows is neither lost nor repeated.
  const numbered = seen.filter(({ id }) => id !== undefined);
  for (const [index, { id }] of numbered.entries()) {
    const rest = await readUntil(
      await api.send('GET', `/builds/${build.id}/events`, undefined, { 'last-event-id': id ?? '' }),
      ({ event }) => event === 'end',
    );
    expect(rest.map(({ message }) => message.event)).not.toContain('snapshot');
    expect(textOf(rest)).toBe(textOf(numbered.slice(index + 1)));
  }

  const whole = await readUntil(await api.send('GET', `/builds/${build.id}/events`), ({ event }) => event === 'end');
  expect(whole.map(({ message }) => message.event)).toEqual(['snapshot', 'log', 'log', 'log', 'end']);
  expect(textOf(whole)).toBe('1 €\n\ufffd');
});

test('of a long log the end is sent first', async () => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'chain');
  const build = await api.call('triggerJob', manual);
  const worker = await world.worker();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, stepStarted('1'));
  const lines = 40_000;
  const line = (n: number): string => `line ${String(n).padStart(8, '0')} of a log that is long, ${'x'.repeat(60)}\n`;
  for (let n = 0; n < lines; n += 1_000) {
    await worker.emit(grant, log('1', Array.from({ length: 1_000 }, (_, i) => line(n + i)).join('')));
  }
  await worker.emit(grant, stepEnded('1'), ended());
  const seen = await readUntil(await api.send('GET', `/builds/${build.id}/events`), ({ event }) => event === 'end');
  const skipped = seen.find(({ message }) => message.event === 'log_skipped')?.message;
  const first = seen.find(({ message }) => message.event === 'log')?.message;
  if (skipped?.event !== 'log_skipped' || first?.event !== 'log') throw new Error('expected both');
  expect([skipped.offset, skipped.firstLine]).toEqual([first.offset, first.firstLine]);
  expect(skipped.offset).toBe(skipped.firstLine * line(0).length);
  const text = textOf(seen);
  expect(text.endsWith(line(lines - 1))).toBe(true);
  expect(text.length).toBeLessThan(1.1 * 1024 * 1024);
  expect(skipped.offset + text.length).toBe(lines * line(0).length);
});

test.each(['all', 'tail'])('a reader that fell far behind and asked for the %s', async (behind) => {
  await using world = await startTestServer(pipelines);
  const api = apiOf(world);
  await set(api, 'chain');
  const build = await api.call('triggerJob', manual);
  const worker = await world.worker();
  const grant = await worker.nextBuild();
  await worker.emit(grant, started, stepStarted('1'));
  const slow = await api.send('GET', `/builds/${build.id}/events?behind=${behind}`);
  const lines = 60_000;
  const line = (n: number): string => `line ${String(n).padStart(8, '0')} of a log that is long, ${'x'.repeat(60)}\n`;
  for (let n = 0; n < lines; n += 1_000) {
    await worker.emit(grant, log('1', Array.from({ length: 1_000 }, (_, i) => line(n + i)).join('')));
  }
  await worker.emit(grant, stepEnded('1'), ended());
  const seen = await readUntil(slow, ({ event }) => event === 'end');
  let place = 0;
  let skipped = 0;
  for (const { message } of seen) {
    if (message.event === 'log_skipped') {
      skipped += message.offset - place;
      expect(message.offset).toBe(message.firstLine * line(0).length);
      place = message.offset;
    }
    if (message.event !== 'log') continue;
    expect(message.offset).toBe(place);
    place += message.text.length;
  }
  expect(place).toBe(lines * line(0).length);
  expect(textOf(seen).endsWith(line(lines - 1))).toBe(true);
  expect(skipped > 0).toBe(behind === 'tail');
  // What tells where a reader is comes after all that it stands for.
  const numbered = seen.filter(({ id }) => id !== undefined);
  const rest = await readUntil(
    await api.send('GET', `/builds/${build.id}/events`, undefined, { 'last-event-id': numbered.at(-1)?.id ?? '' }),
    ({ event }) => event === 'end',
  );
  expect(textOf(rest)).toBe('');
});
