import type { Shown } from '../queue/http/http-server-queue.ts';
import type { Server } from '../server/server.ts';

/** What a worker asks beside its queue: its token is looked at as there. */
export function filesForWorkers(
  senderOf: (token: string) => Shown | Promise<Shown>,
  server: Server,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const token = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    const shown = token === undefined ? { refused: 'it showed no worker token' } : await senderOf(token);
    if ('worker' in shown) return server.fetchForWorker(request, shown);
    return new Response(`${shown.refused}\n`, { status: 401 });
  };
}
