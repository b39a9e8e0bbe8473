import type { Sender } from '../queue/queue.ts';
import type { Server } from '../server/server.ts';

/** What a worker asks beside its queue: its token is looked at as there. */
export function filesForWorkers(
  senderOf: (token: string) => Sender | undefined | Promise<Sender | undefined>,
  server: Server,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const token = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    const from = token === undefined ? undefined : await senderOf(token);
    if (from !== undefined) return server.fetchForWorker(request, from);
    return new Response('the worker token is not accepted\n', { status: 401 });
  };
}
