/** Where a server or a worker keeps what it keeps, and the keys in it. */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { CodedError } from '../lib/coded-error.ts';
import { type FileLock, lockDirectory } from '../lib/system/lock-file.ts';
import { defaultDataDir } from '../lib/system/paths.ts';
import { createPrivateFile, readPrivateFile } from '../lib/system/private-file.ts';
import { createTempDir } from '../lib/system/temp-dir.ts';

export interface DataDirectory {
  /** The whole, absolute. */
  readonly path: string;
  /** The server's part of it: database, keys, socket. */
  readonly server: string;
  /** Takes the lock. Throws `data_dir.locked` when another server has it. */
  lock(): void;
  /** Gives up the lock. */
  unlock(): void;
  /** Gives up the lock; a temporary one is removed. */
  release(): void;
}

/**
 * The data directory of a server, not locked yet. A temporary one (mode 0700, removed at exit, swept by the next when this process was killed) for a server
 * that keeps nothing.
 */
export function openServerDirectory(options: {
  readonly dataDir: string | undefined;
  readonly temporary: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}): DataDirectory {
  const temporary = options.temporary && options.dataDir === undefined ? createTempDir() : undefined;
  const path =
    temporary?.path ??
    (options.dataDir === undefined
      ? defaultDataDir(options.environment, options.cwd)
      : resolve(options.cwd, options.dataDir));
  const server = join(path, 'server');
  let lock: FileLock | undefined;
  const unlock = (): void => {
    lock?.release();
    lock = undefined;
  };
  return {
    path,
    server,
    lock: () => {
      lock ??= lockDirectory(server, 'pikoci server');
    },
    unlock,
    release: () => {
      unlock();
      temporary?.remove();
    },
  };
}

/** Where a key came from: given, or kept in a file of the data directory. */
const SHORTEST_KEY = 16;

/**
 * A key as bytes: the one given, or the one kept in `directory` under `name`, made at the first start (32 random bytes). Throws
 * `key.too_short` for a given one that can be guessed.
 */
export async function readKey(directory: string, name: string, given: string | undefined): Promise<Uint8Array> {
  if (given !== undefined) {
    if (given.length < SHORTEST_KEY) {
      throw new CodedError(
        'key.too_short',
        `--${name} has ${given.length} characters; at least ${SHORTEST_KEY} are needed`,
        {
          hint: 'make one with: openssl rand -base64 32',
        },
      );
    }
    return new TextEncoder().encode(given);
  }
  const path = join(directory, name);
  await createPrivateFile(path, `${randomBytes(32).toString('base64')}\n`);
  const kept = (await readPrivateFile(path))?.trim();
  if (kept === undefined || kept.length < SHORTEST_KEY) {
    throw new CodedError('key.unreadable', `${path} holds no key`, {
      hint: 'restore it from a backup; without it what was encrypted with it cannot be read',
    });
  }
  return new TextEncoder().encode(kept);
}
