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
  /** Whose token this is, or why it is not accepted. */
  readonly authenticate: (token: string) => Shown | undefined | Promise<Shown | undefined>;
  /** Told whom we turned away, and why. */
  readonly onRefused?: ((reason: string) => void) | undefined;
}

/** Whose token it is, or why it is not accepted. */
export type Shown = Sender | { readonly refused: string };

export interface HttpServerQueue extends ServerQueue, Pick<ServerEnd, 'connect' | 'tell'> {
  /** Makes a WebSocket of a request to `QUEUE_PATH`. `undefined`: done, the runtime has the socket; else the refusal to send. */
  upgrade(request: Request, server: SocketUpgrader): Promise<Response | undefined>;
  /** For `Bun.serve({ websocket })`. */
  readonly websocket: SocketHandlers;
}

/** What this needs of Bun's server. */
export interface SocketUpgrader {
  requestIP?(request: Request): { readonly address: string } | null;
  upgrade(request: Request, options: { readonly data: QueueSocketData }): boolean;
}

/** What is known about a socket before it is open, and its connection after. */
export interface QueueSocketData {
  readonly shown: Shown;
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
  readonly #onRefused: HttpServerQueueOptions['onRefused'];
  readonly websocket: SocketHandlers;

  constructor(options: HttpServerQueueOptions) {
    super(options);
    this.#authenticate = options.authenticate;
    this.#onRefused = options.onRefused;
    this.websocket = {
      maxPayloadLength: MAX_MESSAGE_BYTES + 1_024,
      backpressureLimit: 8 * MAX_MESSAGE_BYTES,
      // Silence is judged by the queue itself, from the workers' pings.
      idleTimeout: 0,
      open: (socket) => {
        const { shown, instance } = socket.data;
        if ('worker' in shown) socket.data.connection = this.connect(linkOf(socket), shown, instance);
        else {
          this.#onRefused?.(shown.refused);
          socket.close(CLOSE.refused, shown.refused);
        }
      },
      message: (socket, message) => {
        socket.data.connection?.receive(typeof message === 'string' ? new TextEncoder().encode(message) : message);
      },
      close: (socket) => socket.data.connection?.closed(),
    };
  }

  async upgrade(request: Request, server: SocketUpgrader): Promise<Response | undefined> {
    const token = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    const shown: Shown = (token === undefined ? undefined : await this.#authenticate(token)) ?? {
      refused: 'the worker token is not accepted',
    };
    const instance = (request.headers.get(INSTANCE_HEADER) ?? '').slice(0, 64);
    const address = server.requestIP?.(request)?.address;
    const data: QueueSocketData = {
      // Of this connection alone, whatever object the token's owner is.
      shown: 'worker' in shown ? { ...shown, ...(address !== undefined && { address }) } : shown,
      instance,
      connection: undefined,
    };
    if (server.upgrade(request, { data })) return undefined;
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
