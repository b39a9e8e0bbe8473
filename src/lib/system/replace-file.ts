import { randomBytes } from 'node:crypto';
import { access, constants, type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoCode } from './errno.ts';
import { fileError } from './file-error.ts';

/**
 * Gives a file that is there another content. Whoever reads it meanwhile sees the old or the new one, never a part; mode and (as far
 * as this user may) owner stay. A read-only file is left alone, although its directory would let it be replaced. `path` is no link:
 * a link would be replaced by a file. Errors: file-error.ts, with `name` for what the
 * user calls it.
 */
export async function replaceFile(path: string, content: string, name = path): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await access(path, constants.W_OK);
    const { mode, uid, gid } = await stat(path);
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(content);
        const made = await file.stat();
        if (made.uid !== uid || made.gid !== gid) await giveAway(file, uid, gid);
        await file.chmod(mode & 0o7777);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await unlink(temporary).catch(() => undefined); // It may not exist; the first error is the one that counts.
      throw error;
    }
  } catch (error) {
    throw fileError(error, 'write', name);
  }
}

/** To another owner, if this user may: root may, others keep what they write. */
async function giveAway(file: FileHandle, uid: number, gid: number): Promise<void> {
  try {
    await file.chown(uid, gid);
  } catch (error) {
    if (errnoCode(error) !== 'EPERM') throw error;
  }
}
