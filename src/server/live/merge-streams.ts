import type { StreamsMessage } from '../../protocol/streams.ts';
import type { StreamItem } from '../http/call.ts';
import { problemOf } from '../http/problems.ts';

/** Finds a stream and begins it. Throws CodedErrors. */
export type OpenStream = (signal: AbortSignal) => Promise<AsyncIterable<StreamItem<unknown>>>;

/**
 * Several streams as one. Each is pulled by itself and stands still with one message in hand until that is taken, so that a slow reader costs
 * no more than a message of each, and a busy stream does not hold up a quiet one. One that fails says so and leaves the others alone. Ends with
 * the last of them, or when `signal` aborts; all are closed by then.
 */
export async function* mergeStreams(
  opens: readonly OpenStream[],
  signal: AbortSignal,
  onError: (error: unknown) => void,
): AsyncGenerator<StreamItem<StreamsMessage>> {
  const closing = new AbortController();
  const waiting: { readonly message: StreamsMessage; readonly taken: () => void }[] = [];
  let running = opens.length;
  let wake = (): void => undefined;

  const close = (): void => {
    closing.abort();
    for (const { taken } of waiting.splice(0)) taken();
    wake();
  };
  function hand(message: StreamsMessage): Promise<void> {
    return new Promise((taken) => {
      if (closing.signal.aborted) return taken();
      waiting.push({ message, taken });
      wake();
    });
  }
  async function pump(open: OpenStream, stream: number): Promise<void> {
    try {
      const items = await open(closing.signal);
      await hand({ kind: 'open', stream });
      if (closing.signal.aborted) return;
      for await (const { id, message } of items) {
        if (closing.signal.aborted) return;
        await hand({ kind: 'message', stream, ...(id !== undefined && { id }), message });
      }
      await hand({ kind: 'end', stream });
    } catch (error) {
      if (closing.signal.aborted) return;
      onError(error);
      await hand({ kind: 'problem', stream, problem: problemOf(error, 'this stream') });
    } finally {
      running -= 1;
      wake();
    }
  }

  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  const pumps = opens.map(pump);
  try {
    while (!closing.signal.aborted) {
      const next = waiting.shift();
      if (next !== undefined) {
        try {
          yield { message: next.message };
        } finally {
          next.taken();
        }
      } else if (running === 0) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', close);
    close();
    await Promise.all(pumps);
  }
}
