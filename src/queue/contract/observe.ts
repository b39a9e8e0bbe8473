import type { QueueState, WorkerQueue } from '../queue.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const bytes = (text: string): Uint8Array => encoder.encode(text);
export const text = (body: Uint8Array): string => decoder.decode(body);

/** A body of this many bytes in which every part differs from the next. */
export function patternBytes(length: number): Uint8Array {
  const body = new Uint8Array(length);
  for (let at = 0; at < length; at++) body[at] = (at * 31 + (at >>> 8)) & 0xff;
  return body;
}

/** The permanent code a promise fails with, or `resolved`. */
export async function failureCode(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'resolved';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

/** A list that a test fills, and that it can wait for. */
export class Collected<T> {
  readonly items: T[] = [];
  readonly #waiting = new Set<() => void>();

  add(item: T): void {
    this.items.push(item);
    for (const check of [...this.#waiting]) check();
  }

  /** Resolves once the list is as wanted. The test runner's own limit ends a wait in vain. */
  async until(wanted: (items: readonly T[]) => boolean): Promise<readonly T[]> {
    if (!wanted(this.items)) {
      await new Promise<void>((resolve) => {
        const check = (): void => {
          if (!wanted(this.items)) return;
          this.#waiting.delete(check);
          resolve();
        };
        this.#waiting.add(check);
      });
    }
    return this.items;
  }

  async untilLength(length: number): Promise<readonly T[]> {
    return this.until((items) => items.length >= length);
  }
}

export async function reached(worker: WorkerQueue, kind: QueueState['kind']): Promise<QueueState> {
  const states = new Collected<QueueState>();
  const stop = worker.onState((state) => states.add(state));
  try {
    const seen = await states.until((items) => items.at(-1)?.kind === kind);
    return seen.at(-1) ?? { kind: 'connecting' };
  } finally {
    stop();
  }
}

/**
 * Asks until there is an answer. A request is asked at most once, so one whose connection goes at that moment fails and is the asker's to repeat.
 */
export async function askUntilAnswered(worker: WorkerQueue, body: Uint8Array): Promise<Uint8Array> {
  for (;;) {
    try {
      return await worker.request(body, { timeoutMs: 10_000 });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'queue.unreachable')) throw error;
    }
  }
}
