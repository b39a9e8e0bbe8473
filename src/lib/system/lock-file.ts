import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../coded-error.ts';
import { fileError } from './file-error.ts';
import { tryLockFile } from './libc.ts';

export const LOCK_FILE = 'lock';

export interface DirectoryLock {
  /** Gives it up; a second call does nothing. The kernel does it too when this process dies, `kill -9` included. */
  release(): void;
}

/**
 * Makes sure that only one process uses a directory (made if missing, 0700). `who` names us to whoever comes too late:
 * "pikoci server". The file `lock` in it stays: only the kernel's lock on it counts, not that it exists.
 * Throws `data_dir.locked`, and the errors of file-error.ts.
 */
export function lockDirectory(dir: string, who: string): DirectoryLock {
  const path = join(dir, LOCK_FILE);
  let fd: number;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    fd = openSync(path, 'a+', 0o600);
  } catch (error) {
    throw fileError(error, 'use the directory', dir);
  }
  if (!tryLockFile(fd)) {
    closeSync(fd);
    const holder = readFileSync(path, 'utf8').trim();
    throw new CodedError(
      'data_dir.locked',
      `the directory ${dir} is in use by ${holder === '' ? 'another process' : holder}`,
      {
        hint: 'stop that process, or choose another directory with --data-dir',
      },
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${who} (pid ${process.pid}, since ${new Date().toISOString()})\n`);
  let held = true;
  return {
    release(): void {
      if (!held) return;
      held = false;
      ftruncateSync(fd);
      closeSync(fd);
    },
  };
}
