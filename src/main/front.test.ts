import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFront, HANDED_ON_HEADER } from './front.ts';

const scratch = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const request = (init?: RequestInit): Request => new Request('http://ci.example.com/api?x=1', init);

test('held, new requests wait, and those under way are waited for', async () => {
  const front = createFront();
  const underWay = Promise.withResolvers<Response>();
  const first = front.pass(request(), undefined, () => underWay.promise);
  let held = false;
  const quiet = front.hold(60_000).then(() => {
    held = true;
  });
  const second = front.pass(request(), undefined, async () => new Response(`after: ${held}`));
  expect(front.busy).toBe(1);
  underWay.resolve(new Response('first'));
  expect(await (await first).text()).toBe('first');
  await quiet;
  front.open();
  expect(await (await second).text()).toBe('after: true');
});

test('a request that takes long is not waited for without end', async () => {
  const front = createFront();
  const underWay = Promise.withResolvers<Response>();
  const first = front.pass(request(), undefined, () => underWay.promise);
  await front.hold(10);
  front.handOn('/nowhere');
  underWay.resolve(new Response('late'));
  expect(await (await first).text()).toBe('late');
});

test('handed on, a request and its answer arrive as they were, and the connection ends', async () => {
  const socket = join(scratch, 's');
  const gzipped = Bun.gzipSync(Buffer.from('hello'));
  const other = Bun.serve({
    unix: socket,
    async fetch(asked) {
      const heard = [asked.method, asked.url, asked.headers.get(HANDED_ON_HEADER), await asked.text()];
      return new Response(gzipped, { status: 201, headers: { 'content-encoding': 'gzip', heard: heard.join(' ') } });
    },
  });
  const front = createFront();
  const quiet = front.hold(60_000);
  const passed = front.pass(
    request({ method: 'POST', body: 'body', headers: { host: 'ci.example.com' } }),
    '10.0.0.1',
    () => Promise.reject(new Error('not here')),
  );
  await quiet;
  front.handOn(socket);
  const answer = await passed;
  expect(answer.status).toBe(201);
  expect(answer.headers.get('heard')).toBe('POST http://ci.example.com/api?x=1 10.0.0.1 body');
  expect(answer.headers.get('connection')).toBe('close');
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(gzipped);
  expect(front.isOpen).toBe(false);
  await other.stop(true);
});

test('when nobody is there to hand on to, the asker is told', async () => {
  const front = createFront();
  front.handOn(join(scratch, 'nobody'));
  const answer = await front.pass(request(), undefined, async () => new Response('here'));
  expect(answer.status).toBe(502);
});
