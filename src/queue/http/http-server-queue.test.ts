import { expect, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Collected, reached } from '../contract/observe.ts';
import { encodeFrame, FRAME } from '../link/frames.ts';
import { CLOSE } from '../link/link.ts';
import type { QueueState } from '../queue.ts';
import { MAX_MESSAGE_BYTES } from '../queue-errors.ts';
import { createHttpServerQueue, type HttpServerQueueOptions, type QueueSocketData } from './http-server-queue.ts';
import { createHttpWorkerQueue } from './http-worker-queue.ts';
import { listenForLocalWorkers } from './local-listener.ts';
import { INSTANCE_HEADER, QUEUE_PATH } from './queue-path.ts';

function startServer(options: Partial<HttpServerQueueOptions> = {}) {
  const queue = createHttpServerQueue({ authenticate: () => ({ worker: 'one' }), ...options });
  const server = Bun.serve<QueueSocketData>({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request, own) => queue.upgrade(request, own),
    websocket: queue.websocket,
  });
  return {
    queue,
    url: `http://127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      await queue.close({ graceMs: 0 });
      await server.stop(true);
    },
  };
}

/** A bare WebSocket, to say what our own worker never would. */
async function stranger(url: string, instance = 'a') {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${QUEUE_PATH}`, {
    headers: { authorization: 'Bearer t', [INSTANCE_HEADER]: instance },
  } as never);
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
  await once(socket, 'open');
  return { socket, closed };
}

test('a message of 100 MB ends its connection, and nobody else notices', async () => {
  await using server = startServer();
  server.queue.serve(async (body) => body);
  const worker = createHttpWorkerQueue({ servers: [{ url: server.url }], token: 't' });
  await reached(worker, 'connected');
  const { socket, closed } = await stranger(server.url);
  socket.send(Buffer.from(encodeFrame(FRAME.emit, 1, new Uint8Array(100_000_000))));
  expect(await closed).not.toBe(1_000);
  expect(await worker.request(new Uint8Array(3), { timeoutMs: 10_000 })).toEqual(new Uint8Array(3));
  await worker.close();
});

test('something that is no frame ends the connection, and nobody else notices', async () => {
  await using server = startServer();
  server.queue.serve(async (body) => body);
  const worker = createHttpWorkerQueue({ servers: [{ url: server.url }], token: 't' });
  await reached(worker, 'connected');
  const { socket, closed } = await stranger(server.url);
  socket.send('hello');
  expect(await closed).toBe(CLOSE.badFrame);
  expect((await worker.request(new Uint8Array(3), { timeoutMs: 5_000 })).byteLength).toBe(3);
  await worker.close();
});

test('one that sends far more than its window is cut off', async () => {
  await using server = startServer();
  const { socket, closed } = await stranger(server.url);
  for (let n = 1; n <= 5; n++) socket.send(Buffer.from(encodeFrame(FRAME.emit, n, new Uint8Array(MAX_MESSAGE_BYTES))));
  expect(await closed).toBe(CLOSE.flooded);
});

test('a new connection of the same worker process replaces the old one', async () => {
  await using server = startServer();
  const first = await stranger(server.url, 'same');
  const other = await stranger(server.url, 'another');
  const second = await stranger(server.url, 'same');
  expect(await first.closed).toBe(CLOSE.replaced);
  expect([other.socket.readyState, second.socket.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
  other.socket.close();
  second.socket.close();
});

test('a worker that is silent is dropped', async () => {
  await using server = startServer({ silenceMs: 40 });
  const { closed } = await stranger(server.url);
  expect(await closed).toBe(CLOSE.silent);
});

test('a worker that pings is not', async () => {
  await using server = startServer({ silenceMs: 200 });
  const worker = createHttpWorkerQueue({ servers: [{ url: server.url }], token: 't', heartbeatMs: 20 });
  const states = new Collected<QueueState['kind']>();
  worker.onState((state) => states.add(state.kind));
  const { closed } = await stranger(server.url);
  await closed;
  expect(states.items).toEqual(['connecting', 'connected']);
  await worker.close();
});

test('a worker whose token ends is turned away, although it is connected', async () => {
  let now = 0;
  await using server = startServer({
    authenticate: () => ({ worker: 'one', expiresAt: 1_000 }),
    clock: { now: () => now },
  });
  const worker = createHttpWorkerQueue({ servers: [{ url: server.url }], token: 't', heartbeatMs: 20 });
  await reached(worker, 'connected');
  now = 1_000;
  expect(await reached(worker, 'refused')).toEqual({ kind: 'refused', error: 'the worker token has expired' });
  await worker.close();
});

test('ends that were held up do not take it for silence of the other', async () => {
  await using server = startServer({ silenceMs: 200 });
  const worker = createHttpWorkerQueue({ servers: [{ url: server.url }], token: 't', heartbeatMs: 100 });
  const states = new Collected<QueueState['kind']>();
  worker.onState((state) => states.add(state.kind));
  await reached(worker, 'connected');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  // The silent stranger comes after the pause, and goes when the server has looked again.
  await (await stranger(server.url)).closed;
  expect(states.items).not.toContain('disconnected');
  expect(states.items.filter((kind) => kind === 'connected')).toHaveLength(1);
  await worker.close();
});

test('a server that falls silent is given up, and said so', async () => {
  await using server = startServer();
  // Takes the WebSocket and the welcome to the worker, and from then on nothing more.
  let mute = false;
  const proxy = createServer((near) => {
    const far = connect(Number(new URL(server.url).port), '127.0.0.1');
    far.on('data', (data) => void (mute || near.write(data)));
    near.on('data', (data) => far.write(data));
    for (const [side, other] of [
      [near, far],
      [far, near],
    ] as const) {
      side.on('error', () => other.destroy());
      side.on('close', () => other.destroy());
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address() as { port: number };
  const worker = createHttpWorkerQueue({
    servers: [{ url: `http://127.0.0.1:${address.port}` }],
    token: 't',
    heartbeatMs: 20,
  });
  await reached(worker, 'connected');
  mute = true;
  const lost = await reached(worker, 'connecting');
  expect(lost).toMatchObject({ error: expect.stringContaining('nothing heard for') });
  await worker.close();
  proxy.close();
});

test('a worker says why it cannot connect', async () => {
  const worker = createHttpWorkerQueue({ servers: [{ url: 'http://127.0.0.1:1' }], token: 't' });
  const states = new Collected<QueueState>();
  worker.onState((state) => states.add(state));
  await states.until((items) => items.some((state) => 'error' in state));
  expect(states.items.at(-1)).toMatchObject({ kind: 'connecting', error: expect.stringContaining('failed') });
  await worker.close();
});

test('a plain request to the queue is told what belongs there', async () => {
  await using server = startServer();
  const response = await fetch(`${server.url}${QUEUE_PATH}`);
  expect(response.status).toBe(426);
});

test('the unix socket is for its owner alone, replaces one left by a killed process, and is gone after', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pikoci-queue-'));
  const path = join(directory, 'run/queue.sock');
  const queue = createHttpServerQueue({ authenticate: () => ({ worker: 'one' }) });
  const killed = listenForLocalWorkers(queue, path);
  const listener = listenForLocalWorkers(queue, path);
  expect(statSync(join(directory, 'run')).mode & 0o777).toBe(0o700);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  queue.serve(async (body) => body);
  const worker = createHttpWorkerQueue({ servers: [{ socket: path }], token: 't' });
  expect((await worker.request(new Uint8Array(2), { timeoutMs: 5_000 })).byteLength).toBe(2);
  await worker.close();
  await queue.close();
  await listener.stop();
  await killed.stop();
  expect(existsSync(path)).toBe(false);
  rmSync(directory, { recursive: true });
});

test('a unix socket whose path the kernel cannot hold is refused by name', () => {
  const queue = createHttpServerQueue({ authenticate: () => undefined });
  expect(() => listenForLocalWorkers(queue, `/tmp/${'x'.repeat(120)}/queue.sock`)).toThrow(
    expect.objectContaining({ code: 'socket.path_too_long' }),
  );
});

test('a program that has closed its queues ends', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pikoci-queue-'));
  const child = spawn(process.execPath, [join(import.meta.dir, 'all-closed.fixture.ts'), join(directory, 'q.sock')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 4_000,
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
  rmSync(directory, { recursive: true });
});
