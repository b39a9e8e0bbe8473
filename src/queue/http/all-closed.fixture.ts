/**
 * A program that uses every adapter, closes what it opened, and then ends because nothing holds the event loop any more. A timer or socket
 * left open would keep it alive, and the test that runs it would see its time run out.
 */
import { createMemoryQueue } from '../memory/memory-queue.ts';
import type { ServerQueue, WorkerQueue } from '../queue.ts';
import { createHttpServerQueue } from './http-server-queue.ts';
import { createHttpWorkerQueue } from './http-worker-queue.ts';
import { listenForLocalWorkers } from './local-listener.ts';

const socket = process.argv[2] ?? '';

async function use(server: ServerQueue, worker: WorkerQueue): Promise<void> {
  server.serve(async (body) => (body.byteLength === 0 ? new Promise(() => undefined) : body));
  server.ingest(async (body) => {
    if (body.byteLength === 0) throw new Error('tried again until the close');
  });
  worker.listen(() => undefined);
  await worker.request(new Uint8Array(1), { timeoutMs: 60_000 });
  await worker.emit(new Uint8Array(1));
  const open = [worker.request(new Uint8Array(0), { timeoutMs: 60_000 }), worker.emit(new Uint8Array(0))];
  const ended = Promise.allSettled(open);
  await worker.close();
  await ended;
  await server.close({ graceMs: 50 });
}

const memory = createMemoryQueue();
await use(memory.server(), memory.worker({ worker: 'one' }));

const http = createHttpServerQueue({ authenticate: () => ({ worker: 'one' }) });
const listener = listenForLocalWorkers(http, socket);
await use(http, createHttpWorkerQueue({ servers: [{ socket }], token: 't' }));
await listener.stop();
