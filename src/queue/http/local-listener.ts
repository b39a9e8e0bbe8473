import { serveUnixSocket, type UnixServer } from '../../lib/system/unix-socket.ts';
import type { HttpServerQueue, QueueSocketData } from './http-server-queue.ts';
import { QUEUE_PATH } from './queue-path.ts';

/**
 * Lets the workers of this machine and account reach the queue by a unix socket. The socket's directory must be the caller's own (locked, see
 * `--data-dir`); it is made with mode 0700. The token is asked for here too. `other` answers what is not about the queue, and asks for the token itself.
 */
export function listenForLocalWorkers(
  queue: HttpServerQueue,
  path: string,
  other: (request: Request) => Response | Promise<Response> = () => new Response('not found\n', { status: 404 }),
  take: 'now' | 'later' = 'now',
): UnixServer {
  return serveUnixSocket<QueueSocketData>(
    path,
    {
      fetch: (request, server) =>
        new URL(request.url).pathname === QUEUE_PATH ? queue.upgrade(request, server) : other(request),
      websocket: queue.websocket,
    },
    take,
  );
}
