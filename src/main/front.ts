/**
 * Where all requests come by, so that another server can take over while they come:
 *
 * - `open`: they are answered here.
 * - held: new ones wait a moment, and those under way are waited for.
 * - handed on: each goes to the server that took over, and its answer comes back by here. That is for connections which are still to this process; each is
 *   told to close after its answer, and the next one is made to the other.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { errorText } from '../lib/coded-error.ts';

/** Who asked, of a request that another server hands on. It is believed on the private socket alone. */
export const HANDED_ON_HEADER = 'pikoci-handed-on-for';

export interface Front {
  /** `own` answers it here. */
  pass(request: Request, remoteAddress: string | undefined, own: () => Promise<Response>): Promise<Response>;
  /** Whether connections are for this process, and not only for as long as it takes. */
  readonly isOpen: boolean;
  /** Requests under way. */
  readonly busy: number;
  /** New requests wait. Resolves when none is under way, and after `patienceMs` all the same: a long one is left to end by itself. */
  hold(patienceMs: number): Promise<void>;
  open(): void;
  /** From now on all go to the server at this unix socket. */
  handOn(socket: string): void;
  /** Answers here, and connections end with the answer. */
  closeConnections(): void;
}

type State = 'open' | 'closing' | { readonly held: PromiseWithResolvers<void> } | { readonly socket: string };

export function createFront(): Front {
  let state: State = 'open';
  let busy = 0;
  let quiet = Promise.withResolvers<void>();

  function change(next: State): void {
    const before = state;
    state = next;
    if (typeof before === 'object' && 'held' in before) before.held.resolve();
  }

  async function here(own: () => Promise<Response>): Promise<Response> {
    busy += 1;
    try {
      return await own();
    } finally {
      busy -= 1;
      if (busy === 0) quiet.resolve();
    }
  }

  return {
    get isOpen() {
      return state === 'open' || state === 'closing';
    },
    get busy() {
      return busy;
    },
    async pass(request, remoteAddress, own) {
      while (typeof state === 'object' && 'held' in state) await state.held.promise;
      if (typeof state === 'object') return lastOf(await handOn(request, remoteAddress, state.socket));
      const response = await here(own);
      return state === 'open' ? response : lastOf(response);
    },
    async hold(patienceMs) {
      change({ held: Promise.withResolvers() });
      if (busy === 0) return;
      quiet = Promise.withResolvers();
      const timer = new AbortController();
      const late = delay(patienceMs, undefined, { signal: timer.signal }).catch(() => undefined);
      await Promise.race([quiet.promise, late]);
      timer.abort();
    },
    open: () => change('open'),
    handOn: (socket) => change({ socket }),
    closeConnections: () => change('closing'),
  };
}

/** The connection closes after this answer. */
function lastOf(response: Response): Response {
  const last = new Response(response.body, response);
  last.headers.set('connection', 'close');
  return last;
}

async function handOn(request: Request, remoteAddress: string | undefined, socket: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.delete('connection');
  headers.set(HANDED_ON_HEADER, remoteAddress ?? '');
  try {
    return await fetch(`http://localhost${pathname}${search}`, {
      method: request.method,
      headers,
      body: request.body,
      signal: request.signal,
      redirect: 'manual',
      // As it came from there, compressed or not; and for as long as it takes.
      ...{ unix: socket, decompress: false, timeout: false, keepalive: false },
    });
  } catch (error) {
    return new Response(`the server that has taken over did not answer: ${errorText(error)}\n`, { status: 502 });
  }
}
