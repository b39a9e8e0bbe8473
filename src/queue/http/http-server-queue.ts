/**
 * The server's end of the http queue: the pikoci server is the broker, and each worker holds one WebSocket to it.
 *
 * It opens no port. Whoever owns the HTTP server puts it in, on as many listeners as wanted:
 *
 *     const queue = createHttpServerQueue({ authenticate: (token) => workers.senderOf(token) });
 *     const server = Bun.serve({
 *       fetch: (request, server) =>
 *         new URL(request.url).pathname === QUEUE_PATH ? queue.upgrade(request, server) : app.fetch(request),
 *       websocket: queue.websocket,
 *     });
 *     const local = listenForLocalWorkers(queue, join(dataDir, 'run', 'queue.sock'));
 *
 * Before the HTTP server stops: `await queue.close({ graceMs })`. Credentials are looked at when a worker connects; a worker that is not
 * accepted gets close code 4401 and does not come again.
 */
import type { Link } from '../link/link.ts';
import { CLOSE } from '../link/link.ts';
import type { ServerConnection } from '../link/server-connection.ts';
import { ServerEnd, type ServerEndOptions } from '../link/server-end.ts';
import type { Sender, ServerQueue } from '../queue.ts';
import { MAX_MESSAGE_BYTES } from '../queue-errors.ts';
import { INSTANCE_HEADER } from './queue-path.ts';

export interface HttpServerQueueOptions extends ServerEndOptions {
  /** Whose token this is; `undefined` for one that is unknown, expired or revoked. */
  readonly authenticate: (token: string) => Sender | undefined | Promise<Sender | undefined>;
}

export interface HttpServerQueue extends ServerQueue, Pick<ServerEnd, 'connect' | 'tell'> {
  /** Makes a WebSocket of a request to `QUEUE_PATH`. `undefined`: done, the runtime has the socket; else the refusal to send. */
  upgrade(request: Request, server: SocketUpgrader): Promise<Response | undefined>;
  /** For `Bun.serve({ websocket })`. */
  readonly websocket: SocketHandlers;
}

/** What this needs of Bun's server. */
export interface SocketUpgrader {
  upgrade(request: Request, options: { readonly data: QueueSocketData }): boolean;
}

/** What is known about a socket before it is open, and its connection after. */
export interface QueueSocketData {
  readonly from: Sender | undefined;
  readonly instance: string;
  connection: ServerConnection | undefined;
}

/** What this needs of Bun's ServerWebSocket. */
export interface QueueSocket {
  readonly data: QueueSocketData;
  /** Bytes sent, -1 when they wait in the runtime's buffer, 0 when that was full and they were dropped. */
  sendBinary(message: Uint8Array): number;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

export interface SocketHandlers {
  readonly maxPayloadLength: number;
  readonly backpressureLimit: number;
  readonly idleTimeout: number;
  open(socket: QueueSocket): void;
  message(socket: QueueSocket, message: string | Uint8Array): void;
  close(socket: QueueSocket, code: number, reason: string): void;
}

export function createHttpServerQueue(options: HttpServerQueueOptions): HttpServerQueue {
  return new WebSocketServerEnd(options);
}

class WebSocketServerEnd extends ServerEnd implements HttpServerQueue {
  readonly #authenticate: HttpServerQueueOptions['authenticate'];
  readonly websocket: SocketHandlers;

  constructor(options: HttpServerQueueOptions) {
    super(options);
    this.#authenticate = options.authenticate;
    this.websocket = {
      maxPayloadLength: MAX_MESSAGE_BYTES + 1_024,
      backpressureLimit: 8 * MAX_MESSAGE_BYTES,
      // Silence is judged by the queue itself, from the workers' pings.
      idleTimeout: 0,
      open: (socket) => {
        const { from, instance } = socket.data;
        if (from) socket.data.connection = this.connect(linkOf(socket), from, instance);
        else socket.close(CLOSE.refused, 'the worker token is not accepted');
      },
      message: (socket, message) => {
        socket.data.connection?.receive(typeof message === 'string' ? new TextEncoder().encode(message) : message);
      },
      close: (socket) => socket.data.connection?.closed(),
    };
  }

  async upgrade(request: Request, server: SocketUpgrader): Promise<Response | undefined> {
    const token = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    const from = token === undefined ? undefined : await this.#authenticate(token);
    const instance = (request.headers.get(INSTANCE_HEADER) ?? '').slice(0, 64);
    if (server.upgrade(request, { data: { from, instance, connection: undefined } })) return undefined;
    return new Response('this address is for workers: it takes WebSockets\n', {
      status: 426,
      headers: { connection: 'Upgrade', upgrade: 'websocket' },
    });
  }
}

function linkOf(socket: QueueSocket): Link {
  return {
    send: (frame) => {
      // The worker does not read: keeping more for it would cost memory without end. It connects again, and asks again.
      if (socket.sendBinary(frame) === 0) socket.terminate();
    },
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}
