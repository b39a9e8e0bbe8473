/**
 * Messages as `text/event-stream`. The stream is pulled: the next message is asked for when there is room to send it, so a slow reader
 * holds at most `HIGH_WATER_BYTES` here, and whoever makes the messages decides what to keep for it.
 */
import type { StreamItem } from './call.ts';
import { problemOf } from './problems.ts';

const HIGH_WATER_BYTES = 256 * 1024;
/** Below the 10 seconds after which servers and proxies commonly close a silent connection. */
const HEARTBEAT_MS = 8_000;

const encoder = new TextEncoder();
const HEARTBEAT = encoder.encode(': beat\n\n');

export interface EventStreamOptions {
  /** Ended when the reader is gone. */
  readonly onClose: () => void;
  readonly onError: (error: unknown) => void;
  readonly heartbeatMs?: number;
}

export function eventStreamResponse<T>(items: AsyncIterable<StreamItem<T>>, options: EventStreamOptions): Response {
  const iterator = items[Symbol.asyncIterator]();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    clearInterval(heartbeat);
    options.onClose();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // Something at once, so that proxies pass the headers on.
        controller.enqueue(encoder.encode(': pikoci\n\n'));
        heartbeat = setInterval(() => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(HEARTBEAT);
        }, options.heartbeatMs ?? HEARTBEAT_MS);
      },
      async pull(controller) {
        try {
          const next = await iterator.next();
          if (closed) return;
          if (next.done) {
            close();
            controller.close();
          } else controller.enqueue(encodeItem(next.value));
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
function encodeItem<T>({ id, message }: StreamItem<T>): Uint8Array {
  return encoder.encode(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`);
}
