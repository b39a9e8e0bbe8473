/** Files only our own user may read: keys, tokens. Whoever reads one sees the old or the new content, never a part of it. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodedError } from '../coded-error.ts';
import { errnoCode } from './errno.ts';
import { fileError } from './file-error.ts';

/** Writes or replaces it, mode 0600, on the disk before the promise resolves. Makes missing directories (0700). Errors: file-error.ts. */
export async function writePrivateFile(path: string, content: string | Uint8Array): Promise<void> {
  await placePrivateFile(path, content, (temporary) => rename(temporary, path));
}

/**
 * Writes it unless it is there. True if it was written; false if somebody (perhaps at this very moment) already had: read
 * theirs. For what must never be overwritten.
 */
export async function createPrivateFile(path: string, content: string | Uint8Array): Promise<boolean> {
  try {
    await placePrivateFile(path, content, async (temporary) => {
      await link(temporary, path);
      await unlink(temporary);
    });
    return true;
  } catch (error) {
    if (error instanceof CodedError && errnoCode(error.cause) === 'EEXIST') return false;
    throw error;
  }
}

/** Its content, or undefined if there is none. Throws `file.too_open` if others may read or write it; see also file-error.ts. */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    const mode = found.mode & 0o777;
    if (found.isFile() && (mode & 0o077) !== 0) {
      throw new CodedError(
        'file.too_open',
        `${path} holds a secret, but its mode ${mode.toString(8)} lets other users at it`,
        {
          hint: `run chmod 600 ${path}, and replace the secret if somebody may have read it`,
        },
      );
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return undefined;
    throw fileError(error, 'read', path);
  }
}

async function placePrivateFile(
  path: string,
  content: string | Uint8Array,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      await writeToDisk(temporary, content);
      await place(temporary);
    } catch (error) {
      await unlink(temporary).catch(() => undefined); // It may not exist; the first error is the one that counts.
      throw error;
    }
    await syncDirectory(dirname(path));
  } catch (error) {
    throw fileError(error, 'write', path);
  }
}

async function writeToDisk(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without this a power cut can lose the name although the content is safe. */
async function syncDirectory(path: string): Promise<void> {
  const dir = await open(path, 'r');
  try {
    await dir.sync();
  } finally {
    await dir.close();
  }
}
