import { CodedError, errorText } from '../lib/coded-error.ts';
import { serveUnixSocket, type UnixServer } from '../lib/system/unix-socket.ts';
import { WORKER_FILES_PATH } from '../protocol/worker-files.ts';
import type { HttpServerQueue, QueueSocketData } from '../queue/http/http-server-queue.ts';
import { QUEUE_PATH } from '../queue/http/queue-path.ts';
import type { Server } from '../server/server.ts';
import { type Front, HANDED_ON_HEADER } from './front.ts';
import type { SuccessorSockets } from './give-over.ts';
import type { Pages } from './pages.ts';
import type { Readiness } from './readiness.ts';
import { TAKEOVER_PATH } from './takeover-messages.ts';

export interface Listener {
  readonly port: number;
  /** Stops taking requests; those under way, event streams too, end at once when `now`. */
  stop(now: boolean): Promise<void>;
}

interface Parts {
  readonly server: Server;
  readonly pages: Pages;
  readonly front: Front;
  readonly readiness: Readiness;
  /** Of workers that are not beside the server; absent: they are not heard here. */
  readonly workerFiles: ((request: Request) => Promise<Response>) | undefined;
  /** Absent: the queue is elsewhere. */
  readonly queue: HttpServerQueue | undefined;
}

/** What a request may need of whoever heard it. */
interface Hearing {
  readonly remoteAddress: string | undefined;
  /** It may be silent for as long as it takes. */
  waitForever(): void;
}

/**
 * Opens the one port that everything comes in by: pages, the API, and, when remote workers are wanted, their queue. `beside`: another server that listens
 * there is being replaced by this one. Throws `listen.port_taken`, `listen.refused`.
 */
export function listen(
  options: Parts & { readonly host: string; readonly port: number; readonly beside: boolean },
): Listener {
  const { host, port, beside, queue, front, readiness } = options;
  const answerHere = answering(options);
  try {
    // The port is shared, so that a later server can take over; nobody else shares it unasked.
    if (!beside && port !== 0) refuseTaken(host, port);
    const listening = Bun.serve<QueueSocketData, never>({
      hostname: host,
      port,
      reusePort: true,
      // Event streams say something every few seconds; a question of theirs may be older than this.
      idleTimeout: 120,
      async fetch(request, own) {
        const { pathname } = new URL(request.url);
        const health = readiness.answer(pathname);
        if (health !== undefined) return health;
        if (pathname === QUEUE_PATH && queue !== undefined) {
          return front.isOpen ? queue.upgrade(request, own) : comeAgain();
        }
        if (isStream(request)) own.timeout(request, 0);
        const remoteAddress = own.requestIP(request)?.address;
        const hearing = { remoteAddress, waitForever: () => own.timeout(request, 0) };
        return front.pass(request, remoteAddress, () => answerHere(request, hearing));
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

/**
 * The private socket of a server, for this account alone: by it another server takes over, and hands on what still comes to it afterwards.
 */
export function listenForSuccessors(
  path: string,
  options: Parts & { readonly successors: SuccessorSockets },
  take: 'now' | 'later',
): UnixServer {
  const { front, successors } = options;
  const answerHere = answering(options);
  return serveUnixSocket(
    path,
    {
      fetch(request, own) {
        if (new URL(request.url).pathname === TAKEOVER_PATH) {
          return own.upgrade(request, { data: {} }) ? undefined : new Response(null, { status: 426 });
        }
        own.timeout(request, 0);
        const remoteAddress = request.headers.get(HANDED_ON_HEADER) ?? undefined;
        const hearing = { remoteAddress, waitForever: () => undefined };
        return front.pass(request, remoteAddress, () => answerHere(request, hearing));
      },
      websocket: successors,
    },
    take,
  );
}

/** What is no page; the last three are addresses of Hermes. */
const OF_SERVER = ['/api/', '/auth/', '/.well-known/', '/github/', '/jobs/', '/repos/'];

/** Who answers what. */
function answering({ server, pages, workerFiles }: Parts): (request: Request, hearing: Hearing) => Promise<Response> {
  return async (request, { remoteAddress, waitForever }) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(`${WORKER_FILES_PATH}/`) && workerFiles !== undefined) {
      // To put a large blob where it belongs takes as long as it takes.
      waitForever();
      return workerFiles(request);
    }
    if (OF_SERVER.some((prefix) => pathname.startsWith(prefix)) || pathname === '/login' || pathname === '/repos') {
      return server.fetch(request, { remoteAddress });
    }
    return (await pages.answer(request)) ?? server.fetch(request, { remoteAddress });
  };
}

function isStream(request: Request): boolean {
  return request.headers.get('accept')?.includes('text/event-stream') === true;
}

/** A worker whose connection is still one to the server that was replaced: its next is not. */
function comeAgain(): Response {
  return new Response('another server has taken over: connect again\n', {
    status: 503,
    headers: { connection: 'close', 'retry-after': '0' },
  });
}

/** Throws the system's error when somebody listens there, who shares the port or not. */
function refuseTaken(hostname: string, port: number): void {
  Bun.listen({ hostname, port, socket: { data: () => undefined } }).stop(true);
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
