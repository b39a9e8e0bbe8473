import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { type FileLock, lockDirectory } from '../lib/system/lock-file.ts';
import { interruptOf, pause } from './engine/interrupt.ts';

/** Directories that outlive builds, one for each team, pipeline and resource. One holder at a time. */
export interface CacheRoom {
  /** Waits until nobody else holds it. Throws the signal's interrupt if that comes first. */
  enter(key: readonly string[], signal: AbortSignal): Promise<CacheLease>;
}

export interface CacheLease extends Disposable {
  readonly dir: string;
}

const ASK_AGAIN_MS = 100;

/** Within this process the turn goes round in order; between processes (two `pikoci run` at once) the kernel's lock decides. */
export function createCacheRoom(root: string): CacheRoom {
  const tails = new Map<string, Promise<void>>();

  async function enter(key: readonly string[], signal: AbortSignal): Promise<CacheLease> {
    // Hashed, because names of teams and pipelines must never become parts of a path.
    const name = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32);
    const before = tails.get(name) ?? Promise.resolve();
    const mine = Promise.withResolvers<void>();
    const tail = before.then(() => mine.promise);
    tails.set(name, tail);
    tail.then(() => {
      if (tails.get(name) === tail) tails.delete(name);
    });
    try {
      await orInterrupt(before, signal);
      const dir = join(root, name);
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const lock = await lockAgainstOthers(`${dir}.lock`, signal);
      return {
        dir,
        [Symbol.dispose]() {
          lock.release();
          mine.resolve();
        },
      };
    } catch (error) {
      mine.resolve();
      throw error;
    }
  }

  return { enter };
}

/** Beside the cache, not in it: what lies in it is the resource type's own. */
async function lockAgainstOthers(path: string, signal: AbortSignal): Promise<FileLock> {
  for (;;) {
    try {
      return lockDirectory(path, 'a pikoci that uses this cache');
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'data_dir.locked') throw error;
      await pause(ASK_AGAIN_MS, signal);
      const interrupt = interruptOf(signal);
      if (interrupt !== undefined) throw interrupt;
    }
  }
}

async function orInterrupt(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const interrupted = Promise.withResolvers<never>();
  const abort = (): void => interrupted.reject(interruptOf(signal));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    await Promise.race([work, interrupted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
