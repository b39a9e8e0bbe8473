/**
 * Messages as `text/event-stream`. The stream is pulled: the next message is asked for when there is room to send it, so a slow reader
 * holds at most `HIGH_WATER_BYTES` here, and whoever makes the messages decides what to keep for it.
 */
import type { StreamItem } from './call.ts';
import { encodeMessage } from './encode-message.ts';
import { problemOf } from './problems.ts';

const HIGH_WATER_BYTES = 256 * 1024;
/** Below the 10 seconds after which servers and proxies commonly close a silent connection. */
const HEARTBEAT_MS = 8_000;

const encoder = new TextEncoder();
/** The WHATWG's word for when to connect again: this many ms later. What was read counts, by the id of the last message. */
const COME_BACK = encoder.encode('retry: 100\n\n');
const HEARTBEAT = encoder.encode(': beat\n\n');
const END = encoder.encode('\n\n');
const LARGE_BYTES = 16 * 1024;

export interface EventStreamOptions {
  /** Ended when the reader is gone. */
  readonly onClose: () => void;
  readonly onError: (error: unknown) => void;
  readonly heartbeatMs?: number;
  /** When it aborts, the reader is told to come back at once, and the stream ends. */
  readonly leave?: AbortSignal | undefined;
}

export function eventStreamResponse<T>(items: AsyncIterable<StreamItem<T>>, options: EventStreamOptions): Response {
  const iterator = items[Symbol.asyncIterator]();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    clearInterval(heartbeat);
    options.leave?.removeEventListener('abort', leave);
    options.onClose();
  };
  let sendAway = (): void => undefined;
  const leave = (): void => {
    if (closed) return;
    sendAway();
    close();
    void iterator.return?.();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        sendAway = () => {
          controller.enqueue(COME_BACK);
          controller.close();
        };
        // Something at once, so that proxies pass the headers on.
        controller.enqueue(encoder.encode(': pikoci\n\n'));
        heartbeat = setInterval(() => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(HEARTBEAT);
        }, options.heartbeatMs ?? HEARTBEAT_MS);
        options.leave?.addEventListener('abort', leave, { once: true });
        if (options.leave?.aborted === true) leave();
      },
      async pull(controller) {
        try {
          const next = await iterator.next();
          if (closed) return;
          if (next.done) {
            close();
            controller.close();
          } else for (const piece of encodeItem(next.value)) controller.enqueue(piece);
        } catch (error) {
          if (closed) return;
          options.onError(error);
          const problem = problemOf(error, 'this stream');
          controller.enqueue(encoder.encode(`event: problem\n: ${problem.code}\n\n`));
          close();
          controller.close();
        }
      },
      async cancel() {
        close();
        await iterator.return?.();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES }),
  );
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    },
  });
}

/** Messages are JSON, which has no line ends of its own, so `data` is always one line. */
function encodeItem<T>({ id, message }: StreamItem<T>): readonly Uint8Array[] {
  const head = encoder.encode(`${id === undefined ? '' : `id: ${id}\n`}data: `);
  const body = encodeMessage(message);
  // A large one goes as it is, for all its readers.
  return body.byteLength > LARGE_BYTES ? [head, body, END] : [Buffer.concat([head, body, END])];
}
