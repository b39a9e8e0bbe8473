/**
 * Archives that this machine has fetched or made, by digest, so that a cache that comes back is not fetched each time. Bounded by age and size: what
 * was not used for longest goes first. Best effort: what goes wrong costs time and nothing else.
 */
import { copyFile, link, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileDigest } from '../../lib/system/file-digest.ts';

export interface ArchiveShelf {
  /** The path of an archive whose bytes were checked just now; a damaged one is thrown away. */
  take(digest: string): Promise<string | undefined>;
  /** Keeps a second name of the file, or a copy. */
  keep(digest: string, path: string): Promise<void>;
}

export interface ShelfLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

const LIMITS: ShelfLimits = { maxBytes: 10 * 1024 ** 3, maxAgeMs: 14 * 24 * 60 * 60_000 };

export function createArchiveShelf(root: string, limits: ShelfLimits = LIMITS, now = Date.now): ArchiveShelf {
  async function trim(): Promise<void> {
    const names = await readdir(root);
    const found = await Promise.all(
      names.map(async (name) => {
        const about = await stat(join(root, name)).catch(() => undefined);
        return about === undefined ? [] : [{ path: join(root, name), size: about.size, usedAt: about.mtimeMs }];
      }),
    );
    let total = 0;
    for (const { path, size, usedAt } of found.flat().sort((a, b) => b.usedAt - a.usedAt)) {
      total += size;
      if (total > limits.maxBytes || now() - usedAt > limits.maxAgeMs) await rm(path, { force: true });
    }
  }

  return {
    async take(digest) {
      const path = join(root, digest);
      try {
        await stat(path);
        if ((await fileDigest(path)) !== digest) {
          await rm(path, { force: true });
          return undefined;
        }
        const at = new Date(now());
        await utimes(path, at, at);
        return path;
      } catch {
        return undefined;
      }
    },
    async keep(digest, path) {
      await mkdir(root, { recursive: true, mode: 0o700 });
      const temporary = join(root, `.${digest}-${process.pid}`);
      await rm(temporary, { force: true });
      await link(path, temporary).catch(() => copyFile(path, temporary));
      await rename(temporary, join(root, digest));
      const at = new Date(now());
      await utimes(join(root, digest), at, at);
      await trim();
    },
  };
}
