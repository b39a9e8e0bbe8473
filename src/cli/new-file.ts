import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { CodedError } from '../lib/coded-error.ts';
import { errnoCode } from '../lib/system/errno.ts';
import { fileError } from '../lib/system/file-error.ts';

/** `file` is its path as somebody wrote it. Throws `usage.exists`. */
export function refuseExisting(path: string, file: string): void {
  if (!existsSync(path)) return;
  throw new CodedError('usage.exists', `${file} is there already, and stays as it is`, {
    hint: 'write to another one with --output, or over it with --force',
  });
}

/** Throws `usage.exists`, also for a file that came just now, unless it may be written over; and `file.*`. */
export async function writeNewFile(path: string, file: string, text: string, over: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: over ? 'w' : 'wx' });
  } catch (error) {
    if (errnoCode(error) === 'EEXIST') refuseExisting(path, file);
    throw fileError(error, 'write', file);
  }
}
