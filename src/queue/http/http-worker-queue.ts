import { newId } from '../../lib/ids.ts';
import { openWebSocket, type WebSocketAddress } from '../../lib/system/web-socket-client.ts';
import { WorkerEnd, type WorkerEndOptions } from '../link/worker-end.ts';
import type { WorkerQueue } from '../queue.ts';
import { INSTANCE_HEADER, QUEUE_PATH } from './queue-path.ts';

/** Where a server is: `https://ci.example.com`, or its unix socket. */
export type ServerAddress = { readonly url: string } | { readonly socket: string };

export interface HttpWorkerQueueOptions extends WorkerEndOptions {
  /** Tried in turn until one answers. */
  readonly servers: readonly [ServerAddress, ...ServerAddress[]];
  /** The worker token. It leaves in the Authorization header only. */
  readonly token: string;
}

/** A worker's end of the http queue: one outbound WebSocket. Throws where a server's URL is none. */
export function createHttpWorkerQueue(options: HttpWorkerQueueOptions): WorkerQueue {
  const addresses = options.servers.map(webSocketAddress);
  const headers = { authorization: `Bearer ${options.token}`, [INSTANCE_HEADER]: newId() };
  let turn = 0;
  return new WorkerEnd((events) => {
    const address = addresses[turn++ % addresses.length] ?? webSocketAddress(options.servers[0]);
    return openWebSocket(address, headers, { ...events, closed: (code, why) => events.closed(code, inWords(why)) });
  }, options);
}

/** A server that takes no workers has nothing at this address. */
function inWords(why: string): string {
  if (!/status code: 404/.test(why)) return why;
  return 'there is no queue at this address: it takes a pikoci server that runs with --pubsub-system http';
}

function webSocketAddress(server: ServerAddress): WebSocketAddress {
  if ('socket' in server) return { socket: server.socket, path: QUEUE_PATH };
  const url = new URL(server.url);
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${QUEUE_PATH}`;
  return { url: url.href };
}
