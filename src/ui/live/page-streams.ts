import { assertNever } from '../../lib/assert-never.ts';
import { API_BASE } from '../../protocol/routes.ts';
import type { FromHub, ToHub } from './stream-messages.ts';

/** The page's end of the worker that holds the streams. */
export interface PageStreams {
  /** As `fetch`, for a GET of an event stream: the answer comes by way of the worker. */
  fetch(request: Request): Promise<Response>;
  take(message: FromHub): void;
  /** Ends all that are open, as a broken connection would. */
  breakAll(): void;
  /** How many are open or asked for. */
  readonly size: number;
}

interface Reader {
  open(): void;
  message(id: string | undefined, message: unknown): void;
  end(): void;
  refused(status: number, body: string): void;
  broken(): void;
}

const encoder = new TextEncoder();

export function createPageStreams(tell: (message: ToHub) => void): PageStreams {
  const readers = new Map<number, Reader>();
  let last = 0;

  function take(message: FromHub): void {
    const reader = readers.get(message.stream);
    if (reader === undefined) return;
    switch (message.kind) {
      case 'open':
        reader.open();
        break;
      case 'message':
        reader.message(message.id, message.message);
        break;
      case 'end':
        reader.end();
        break;
      case 'refused':
        reader.refused(message.status, message.body);
        break;
      case 'broken':
        reader.broken();
        break;
      default:
        assertNever(message);
    }
  }

  return {
    take,
    fetch(request) {
      const { signal } = request;
      const number = ++last;
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
        const forget = (): void => {
          readers.delete(number);
          signal.removeEventListener('abort', abort);
        };
        const leave = (): void => {
          if (!readers.has(number)) return;
          forget();
          tell({ kind: 'leave', stream: number });
        };
        const body = new ReadableStream<Uint8Array>({
          start(own) {
            controller = own;
          },
          cancel: leave,
        });
        const fail = (reason: unknown): void => {
          controller?.error(reason);
          reject(reason);
        };
        function abort(): void {
          leave();
          fail(signal.reason);
        }
        readers.set(number, {
          open: () => resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } })),
          message: (id, message) => controller?.enqueue(encodeEvent(id, message)),
          end() {
            forget();
            controller?.close();
          },
          refused(status, text) {
            forget();
            resolve(new Response(text, { status, headers: { 'content-type': 'application/problem+json' } }));
          },
          broken() {
            forget();
            fail(new TypeError('the connection for live changes broke'));
          },
        });
        signal.addEventListener('abort', abort, { once: true });
        const { pathname, search } = new URL(request.url);
        const path = pathname.slice(API_BASE.length + 1) + search;
        tell({ kind: 'join', stream: number, path, after: request.headers.get('last-event-id') ?? undefined });
      });
    },
    breakAll() {
      for (const reader of [...readers.values()]) reader.broken();
    },
    get size() {
      return readers.size;
    },
  };
}

/** As the server would send it to this page alone. */
function encodeEvent(id: string | undefined, message: unknown): Uint8Array {
  return encoder.encode(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`);
}
