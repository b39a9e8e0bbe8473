import type { AttemptId, BuildId } from '../../lib/ids.ts';
import type { LogChunk, StoredEvent } from '../../store/records.ts';

/** News of a build, in the order it was stored. */
export type BuildNews =
  /** Its status or its attempts changed: read it again. */
  | { readonly kind: 'build' }
  /** Events `from` to `to` of an attempt are stored; these are they. */
  | {
      readonly kind: 'events';
      readonly attempt: AttemptId;
      readonly from: number;
      readonly to: number;
      readonly events: readonly StoredEvent[];
      readonly chunks: readonly LogChunk[];
    };

/** What one reader holds at most; then it is told that it missed something and reads from the store. */
const MAX_HELD_BYTES = 1024 * 1024;
const MAX_HELD_NEWS = 2_000;

export interface BuildReader {
  /** What came since the last call, at once or when something comes; `undefined` after `timeoutMs` without news. */
  next(timeoutMs: number): Promise<BuildNews | undefined>;
  /** True once after news had to be dropped: the reader was too slow. */
  takeMissed(): boolean;
  close(): void;
}

/** Hands what workers report to the readers of this server, from memory: a fast lane beside the store, which stays the truth. */
export interface BuildChannels {
  publish(build: BuildId, news: BuildNews): void;
  subscribe(build: BuildId): BuildReader;
}

export function createBuildChannels(): BuildChannels {
  const readers = new Map<BuildId, Set<(news: BuildNews) => void>>();
  return {
    publish(build, news) {
      for (const take of readers.get(build) ?? []) take(news);
    },
    subscribe(build) {
      const held: BuildNews[] = [];
      let heldBytes = 0;
      let missed = false;
      let closed = false;
      let waiting: (() => void) | undefined;

      const take = (news: BuildNews): void => {
        // To read it again once is enough.
        if (news.kind === 'build' && held.at(-1)?.kind === 'build') return;
        const size = sizeOf(news);
        if (heldBytes + size > MAX_HELD_BYTES || held.length >= MAX_HELD_NEWS) {
          missed = true;
          held.length = 0;
          heldBytes = 0;
        } else {
          held.push(news);
          heldBytes += size;
        }
        waiting?.();
      };
      const set = readers.get(build) ?? new Set();
      readers.set(build, set.add(take));

      return {
        async next(timeoutMs) {
          if (held.length === 0 && !missed && !closed) {
            await new Promise<void>((resolve) => {
              const timer = setTimeout(resolve, timeoutMs);
              waiting = () => {
                clearTimeout(timer);
                resolve();
              };
            });
            waiting = undefined;
          }
          const news = held.shift();
          if (news !== undefined) heldBytes -= sizeOf(news);
          return news;
        },
        takeMissed() {
          const was = missed;
          missed = false;
          return was;
        },
        close() {
          closed = true;
          set.delete(take);
          if (set.size === 0 && readers.get(build) === set) readers.delete(build);
          waiting?.();
        },
      };
    },
  };
}

function sizeOf(news: BuildNews): number {
  if (news.kind === 'build') return 0;
  return news.chunks.reduce((sum, chunk) => sum + chunk.bytes.byteLength, 0);
}
