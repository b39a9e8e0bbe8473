import { closeSync } from 'node:fs';
import { bytesWaiting, createPipe } from './libc.ts';

export type OutputStream = 'stdout' | 'stderr';

/** Takes what a process wrote, in order, one call at a time. While its promise is pending the process blocks on a full pipe. */
export type OutputConsumer = (chunk: Uint8Array, stream: OutputStream) => void | Promise<void>;

/** What may be on its way from the pipe to us: nothing bounds it by contract, a few reads do in practice. */
const IN_FLIGHT_BYTES = 4 * 65536;

/** One pipe and the loop that carries its bytes to the consumer. */
export interface OutputPump {
  /** For the child; closed by `start`. */
  readonly writeEnd: number;
  /** After the child has been started: closes our copy of the write end and begins to read. */
  start(): void;
  /** Nothing was started: closes both ends. */
  abandon(): void;
  /** Resolves at the end of the output, or when what was in the pipe at the call has been delivered, if others hold it open. */
  drained(): Promise<void>;
  /** Delivers what is in the pipe, then closes it. Rejects with what the consumer threw. */
  close(): Promise<void>;
  /** Rejects when the consumer throws; never resolves before the end of the output. */
  readonly ended: Promise<void>;
}

/** Makes calls that would overlap wait for each other. */
export function oneAtATime(consume: OutputConsumer): OutputConsumer {
  let last: Promise<void> = Promise.resolve();
  return (chunk, stream) => {
    const next = last.then(() => consume(chunk, stream));
    last = next.catch(() => undefined); // Its own caller is told; the next one must still have its turn.
    return next;
  };
}

export function createOutputPump(stream: OutputStream, consume: OutputConsumer): OutputPump {
  const { readEnd, writeEnd } = createPipe();
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => undefined); // Told to whoever waits; without a waiter it must not end the program.
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let finished = false;
  let waiting = false;
  let delivered = 0;

  async function pump(source: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    try {
      for (;;) {
        waiting = true;
        const { done, value } = await source.read();
        waiting = false;
        if (done) break;
        if (value.length > 0) await consume(value, stream);
        delivered += value.length;
      }
      ended.resolve();
    } catch (error) {
      ended.reject(error);
      await source.cancel();
    } finally {
      finished = true;
      // The runtime reads from the descriptor but leaves it open.
      closeSync(readEnd);
    }
  }

  async function drained(): Promise<void> {
    const limit = delivered + (finished ? 0 : bytesWaiting(readEnd)) + IN_FLIGHT_BYTES;
    // Quiet means: the loop waits for a read and the pipe is empty, twice, a turn of the event loop apart.
    for (let quiet = 0; quiet < 2 && !finished && delivered < limit; ) {
      quiet = waiting && bytesWaiting(readEnd) === 0 ? quiet + 1 : 0;
      await Promise.race([ended.promise, new Promise((resolve) => setTimeout(resolve, 1))]);
    }
    if (finished) await ended.promise;
  }

  return {
    writeEnd,
    ended: ended.promise,
    drained,
    start(): void {
      closeSync(writeEnd);
      reader = Bun.file(readEnd).stream().getReader();
      void pump(reader);
    },
    abandon(): void {
      closeSync(writeEnd);
      closeSync(readEnd);
    },
    async close(): Promise<void> {
      await drained();
      if (!finished) await reader?.cancel();
      await ended.promise;
    },
  };
}
