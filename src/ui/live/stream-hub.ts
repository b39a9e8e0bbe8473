import { readEventStream } from '../../client/event-stream.ts';
import { assertNever } from '../../lib/assert-never.ts';
import { API_BASE } from '../../protocol/routes.ts';
import { formatStreamList, MAX_STREAMS, type StreamsMessage, streamsMessage } from '../../protocol/streams.ts';
import type { FromHub, ToHub } from './stream-messages.ts';

export interface StreamHub {
  /** A page that came; what it says goes into the returned function. */
  connect(tell: (message: FromHub) => void): (message: ToHub) => void;
  /** Lets go of pages that were not heard since the last time. */
  sweep(): void;
}

export interface StreamHubParts {
  readonly fetch: (path: string, signal: AbortSignal) => Promise<Response>;
  /** Calls back soon: what many pages ask for at about the same time becomes one connection. */
  readonly soon: (action: () => void) => void;
}

interface Page {
  readonly tell: (message: FromHub) => void;
  readonly streams: Map<number, Stream>;
  heard: boolean;
}

interface Stream {
  readonly page: Page;
  readonly number: number;
  readonly path: string;
  after: string | undefined;
  isOpen: boolean;
}

/**
 * The event streams of all pages of a browser, over one connection. In steps:
 *
 * 1. Pages join and leave streams. Whenever that changes what is wanted, the connection is made anew with the list of all streams, each
 *    behind the last message that came of it, so nothing is lost or sent twice.
 * 2. While a connection is being made no other is begun; what changes meanwhile leads to one more.
 * 3. When it breaks, each page is told, tries again with its own back-off, and so joins again.
 *
 * Beyond MAX_STREAMS the oldest wait until others leave: pages out of sight do so after half a minute.
 */
export function createStreamHub(parts: StreamHubParts): StreamHub {
  const pages = new Set<Page>();
  /** In the order in which they joined. */
  const streams = new Set<Stream>();
  let connection: AbortController | undefined;
  let isConnecting = false;
  let again = false;

  function changed(): void {
    if (isConnecting) {
      again = true;
      return;
    }
    isConnecting = true;
    parts.soon(() => {
      again = false;
      void connect([...streams].slice(-MAX_STREAMS));
    });
  }

  function connected(): void {
    isConnecting = false;
    if (again) changed();
  }

  async function connect(wanted: readonly Stream[]): Promise<void> {
    connection?.abort();
    connection = undefined;
    if (wanted.length === 0) return connected();
    const own = new AbortController();
    connection = own;
    const of = formatStreamList(wanted);
    try {
      const response = await parts.fetch(`${API_BASE}/streams?of=${of}`, own.signal).finally(connected);
      if (!response.ok || response.body === null) {
        const body = await response.text();
        for (const stream of wanted) refuse(stream, response.status, body);
        return;
      }
      for await (const { data } of readEventStream(response.body)) {
        if (own.signal.aborted) return;
        const message = streamsMessage.parse(JSON.parse(data));
        const stream = wanted[message.stream];
        if (stream !== undefined && streams.has(stream)) deliver(stream, message);
      }
    } catch (error) {
      if (!own.signal.aborted) console.warn('pikoci: the connection for live changes broke', error);
    }
    if (own.signal.aborted) return;
    for (const stream of wanted) {
      if (drop(stream)) stream.page.tell({ kind: 'broken', stream: stream.number });
    }
  }

  function deliver(stream: Stream, message: StreamsMessage): void {
    const { page, number } = stream;
    switch (message.kind) {
      case 'open':
        if (!stream.isOpen) page.tell({ kind: 'open', stream: number });
        stream.isOpen = true;
        break;
      case 'message':
        stream.after = message.id ?? stream.after;
        page.tell({ kind: 'message', stream: number, id: message.id, message: message.message });
        break;
      case 'problem':
        refuse(stream, message.problem.status, JSON.stringify(message.problem));
        break;
      case 'end':
        drop(stream);
        page.tell({ kind: 'end', stream: number });
        break;
      default:
        assertNever(message);
    }
  }

  /** To one that was granted before it is as if the connection broke: it asks again, and gets the refusal then. */
  function refuse(stream: Stream, status: number, body: string): void {
    if (!drop(stream)) return;
    const { page, number, isOpen } = stream;
    page.tell(isOpen ? { kind: 'broken', stream: number } : { kind: 'refused', stream: number, status, body });
  }

  /** False when it was gone already. */
  function drop(stream: Stream): boolean {
    // One that had to wait has its turn.
    if (streams.size > MAX_STREAMS) changed();
    stream.page.streams.delete(stream.number);
    return streams.delete(stream);
  }

  return {
    connect(tell) {
      const page: Page = { tell, streams: new Map(), heard: true };
      return (message) => {
        pages.add(page);
        page.heard = true;
        switch (message.kind) {
          case 'join': {
            const { stream: number, path, after } = message;
            const stream: Stream = { page, number, path, after, isOpen: false };
            page.streams.set(number, stream);
            streams.add(stream);
            changed();
            break;
          }
          case 'leave': {
            const stream = page.streams.get(message.stream);
            if (stream !== undefined && drop(stream)) changed();
            break;
          }
          case 'here':
            break;
          default:
            assertNever(message);
        }
      };
    },
    sweep() {
      for (const page of pages) {
        if (!page.heard) {
          pages.delete(page);
          for (const stream of [...page.streams.values()]) {
            drop(stream);
            page.tell({ kind: 'broken', stream: stream.number });
            changed();
          }
        }
        page.heard = false;
      }
    },
  };
}
