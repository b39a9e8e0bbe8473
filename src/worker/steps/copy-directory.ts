/** A directory copied as it lies there: for `--resource`, so that a build does not write into somebody's sources. */
import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readlink, realpath, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../../lib/system/file-error.ts';

export interface CopiedDirectory {
  /** Sockets, pipes and devices: there is nothing in them to copy. Relative paths. */
  readonly leftOut: readonly string[];
}

/**
 * Copies files with their modes and times, links as links. `except` is not copied: the directory that the copy itself is made in, which may lie in the one
 * that is copied. Throws the errors of file-error.ts, and the reason of the signal.
 */
export async function copyDirectory(
  from: string,
  to: string,
  { except, signal }: { readonly except: string; readonly signal: AbortSignal },
): Promise<CopiedDirectory> {
  const leftOut: string[] = [];
  const own = await realpath(except);
  const waiting = [''];
  for (let inner = waiting.pop(); inner !== undefined; inner = waiting.pop()) {
    signal.throwIfAborted();
    const directory = join(from, inner);
    try {
      if ((await realpath(directory)) === own) continue;
      await mkdir(join(to, inner), { recursive: true });
      for (const entry of await readdir(directory, { withFileTypes: true })) {
        const path = join(inner, entry.name);
        if (entry.isDirectory()) waiting.push(path);
        else if (entry.isSymbolicLink()) await symlink(await readlink(join(from, path)), join(to, path));
        else if (entry.isFile()) await copyOne(join(from, path), join(to, path));
        else leftOut.push(path);
      }
    } catch (error) {
      throw fileError(error, 'copy', directory);
    }
  }
  return { leftOut };
}

async function copyOne(from: string, to: string): Promise<void> {
  const { atime, mtime } = await lstat(from);
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    throw fileError(error, 'copy', from);
  }
  await utimes(to, atime, mtime);
}
