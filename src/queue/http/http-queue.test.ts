import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveUnixSocket } from '../../lib/system/unix-socket.ts';
import { describeQueue } from '../contract/describe-queue.ts';
import type { QueueHarness } from '../contract/queue-harness.ts';
import type { WorkerQueue } from '../queue.ts';
import { createHttpServerQueue, type QueueSocketData } from './http-server-queue.ts';
import { createHttpWorkerQueue, type ServerAddress } from './http-worker-queue.ts';
import { QUEUE_PATH } from './queue-path.ts';

/** As many servers as a test of the suite ever runs, on addresses that the workers know before they are up. */
const PLACES = 3;

describeQueue('http over a WebSocket', () => makeHarness('tcp'));
describeQueue('http over a unix socket', () => makeHarness('unix'));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

async function makeHarness(kind: 'tcp' | 'unix'): Promise<QueueHarness> {
  const directory = mkdtempSync(join(tmpdir(), 'pikoci-queue-'));
  const places: { port: number; socket: string }[] = [];
  for (let i = 0; i < PLACES; i++)
    places.push({ port: await freePort(), socket: join(directory, `run${i}/queue.sock`) });
  const addresses = places.map((at): ServerAddress => {
    return kind === 'tcp' ? { url: `http://127.0.0.1:${at.port}` } : { socket: at.socket };
  });
  const sockets = new Set<{ terminate(): void }>();
  const closing: (() => Promise<void>)[] = [];
  let started = 0;

  const worker = (token: string): WorkerQueue => {
    const queue = createHttpWorkerQueue({
      servers: addresses as [ServerAddress, ...ServerAddress[]],
      token,
      backOffMs: { first: 5, most: 50 },
    });
    closing.push(() => queue.close());
    return queue;
  };

  return {
    async startServer() {
      const place = places[started++ % PLACES]!;
      const handlerErrors: unknown[] = [];
      const queue = createHttpServerQueue({
        authenticate: (token) => (token.startsWith('good-') ? { worker: token.slice('good-'.length) } : undefined),
        onHandlerError: (error) => handlerErrors.push(error),
        retryMs: { first: 5, most: 20 },
      });
      const websocket: Bun.WebSocketHandler<QueueSocketData> = {
        ...queue.websocket,
        open: (socket) => {
          sockets.add(socket);
          queue.websocket.open(socket);
        },
        close: (socket, code, reason) => {
          sockets.delete(socket);
          queue.websocket.close(socket, code, reason);
        },
      };
      const fetch = (request: Request, server: Bun.Server<QueueSocketData>) =>
        new URL(request.url).pathname === QUEUE_PATH
          ? queue.upgrade(request, server)
          : new Response('', { status: 404 });
      const listener =
        kind === 'unix'
          ? serveUnixSocket<QueueSocketData>(place.socket, { fetch, websocket })
          : Bun.serve<QueueSocketData>({ hostname: '127.0.0.1', port: place.port, fetch, websocket });
      let stopped: Promise<void> | undefined;
      const crash = (): Promise<void> => {
        stopped ??= Promise.resolve(listener.stop(true)).then(() => queue.close({ graceMs: 0 }));
        return stopped;
      };
      closing.push(crash);
      return { queue, handlerErrors, crash };
    },
    connectWorker: (name) => worker(`good-${name}`),
    connectStranger: () => worker('bad'),
    cutConnections: async () => {
      for (const socket of [...sockets]) socket.terminate();
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
