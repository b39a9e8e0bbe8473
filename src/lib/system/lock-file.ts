import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../coded-error.ts';
import { fileError } from './file-error.ts';
import { tryLockFile } from './libc.ts';

export const LOCK_FILE = 'lock';

export interface FileLock {
  /** Gives it up; a second call does nothing. The kernel does it too when this process dies, `kill -9` included. */
  release(): void;
}

/**
 * Makes sure that only one process uses a directory (made if missing, 0700). `who` names us to whoever comes too late:
 * "pikoci server". The file `lock` in it stays: only the kernel's lock on it counts, not that it exists.
 * Throws `data_dir.locked`, and the errors of file-error.ts.
 */
export function lockDirectory(dir: string, who: string): FileLock {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return lockFile(join(dir, LOCK_FILE), who, (holder) => {
      const hint = 'stop that process, or choose another directory with --data-dir';
      return new CodedError('data_dir.locked', `the directory ${dir} is in use by ${holder}`, { hint });
    });
  } catch (error) {
    throw error instanceof CodedError ? error : fileError(error, 'use the directory', dir);
  }
}

/**
 * Makes sure that only one process uses a database that is one file, by a file `<path>.lock` beside it. Throws `store.in_use`, and the errors of
 * file-error.ts.
 */
export function lockDatabaseFile(path: string, who: string): FileLock {
  try {
    return lockFile(`${path}.lock`, who, (holder) => {
      const hint = 'stop that process, or choose another file with --db-name: a file serves one server at a time';
      return new CodedError('store.in_use', `the database ${path} is in use by ${holder}`, { hint });
    });
  } catch (error) {
    throw error instanceof CodedError ? error : fileError(error, 'use the database', path);
  }
}

function lockFile(path: string, who: string, inUse: (holder: string) => CodedError): FileLock {
  const fd = openSync(path, 'a+', 0o600);
  if (!tryLockFile(fd)) {
    closeSync(fd);
    const holder = readFileSync(path, 'utf8').trim();
    throw inUse(holder === '' ? 'another process' : holder);
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
