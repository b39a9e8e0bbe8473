import { CodedError, errorText } from '../lib/coded-error.ts';
import { WORKER_FILES_PATH } from '../protocol/worker-files.ts';
import type { HttpServerQueue, QueueSocketData } from '../queue/http/http-server-queue.ts';
import { QUEUE_PATH } from '../queue/http/queue-path.ts';
import type { Server } from '../server/server.ts';
import type { Pages } from './pages.ts';

export interface Listener {
  readonly port: number;
  /** Stops taking requests; those under way, event streams too, end at once when `now`. */
  stop(now: boolean): Promise<void>;
}

/**
 * Opens the one port that everything comes in by: pages, the API, and, when remote workers are wanted, their queue. Throws `listen.port_taken`,
 * `listen.refused`.
 */
export function listen(options: {
  readonly host: string;
  readonly port: number;
  readonly server: Server;
  readonly pages: Pages;
  /** Of workers that are not beside the server; absent: they are not heard here. */
  readonly workerFiles: ((request: Request) => Promise<Response>) | undefined;
  /** Absent: the queue is elsewhere. */
  readonly queue: HttpServerQueue | undefined;
}): Listener {
  const { host, port, server, pages, queue, workerFiles } = options;
  try {
    const listening = Bun.serve<QueueSocketData, never>({
      hostname: host,
      port,
      // Event streams say something every few seconds; a question of theirs may be older than this.
      idleTimeout: 120,
      async fetch(request, own) {
        const { pathname } = new URL(request.url);
        if (pathname === QUEUE_PATH && queue !== undefined) return queue.upgrade(request, own);
        if (pathname.startsWith(`${WORKER_FILES_PATH}/`) && workerFiles !== undefined) {
          // To put a large blob where it belongs takes as long as it takes.
          own.timeout(request, 0);
          return workerFiles(request);
        }
        if (['/api/', '/auth/', '/.well-known/'].some((prefix) => pathname.startsWith(prefix))) {
          if (request.headers.get('accept')?.includes('text/event-stream') === true) own.timeout(request, 0);
          return server.fetch(request, { remoteAddress: own.requestIP(request)?.address });
        }
        return (
          (await pages.answer(request)) ?? server.fetch(request, { remoteAddress: own.requestIP(request)?.address })
        );
      },
      ...(queue === undefined ? { websocket: { message: () => undefined } } : { websocket: queue.websocket }),
    });
    return {
      port: listening.port ?? port,
      stop: (now) => listening.stop(now),
    };
  } catch (error) {
    throw listenError(error, host, port);
  }
}

function listenError(error: unknown, host: string, port: number): CodedError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new CodedError('listen.port_taken', `port ${port} of ${host} is taken by another program`, {
      cause: error,
      hint: `stop it, or choose another port: --port ${port === 65_535 ? 8080 : port + 1} (0 is any free one)`,
    });
  }
  return new CodedError('listen.refused', `the server cannot listen on ${host}:${port}: ${errorText(error)}`, {
    cause: error,
    hint: 'choose another address with --host or another port with --port; ports below 1024 need a right of their own',
  });
}
