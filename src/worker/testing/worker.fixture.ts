/**
 * A worker in a process of its own, for tests that kill it, or keep its main thread busy (SIGUSR2): arguments are the socket of the server, the data directory, and, in milliseconds, for
 * how long it is busy then and for how long it is stood in for.
 */
import { createLogger } from '../../lib/logger.ts';
import { createHttpWorkerQueue } from '../../queue/http/http-worker-queue.ts';
import { runWorker } from '../worker.ts';

const [socket = '', dataDir = '', busyMs = '0', longestBusyMs = '20000'] = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('SIGUSR2', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(busyMs)));
const queue = createHttpWorkerQueue({ servers: [{ socket }], token: 'token', backOffMs: { first: 5, most: 50 } });
await runWorker({
  queue,
  id: 'w1',
  name: 'worker-1',
  version: '0',
  tags: [],
  slots: 2,
  kinds: ['build', 'check'],
  dataDir,
  environment: process.env,
  passEnv: [],
  executable: '/bin/false',
  logger: createLogger({ level: 'error', format: 'text', write: (line) => process.stderr.write(line), now: Date.now }),
  stop: stop.signal,
  graceMs: 500,
  standIn: {
    entry: new URL('./stand-in-thread.fixture.ts', import.meta.url),
    data: { socket, longestBusyMs: Number(longestBusyMs) },
  },
});
await queue.close();
