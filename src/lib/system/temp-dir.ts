import { existsSync, lstatSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../coded-error.ts';
import { errnoCode } from './errno.ts';
import { fileError } from './file-error.ts';
import { type FileLock, LOCK_FILE, lockDirectory } from './lock-file.ts';
import { removeTree } from './remove-tree.ts';

export interface TempDir {
  /** Absolute, mode 0700. */
  readonly path: string;
  /** Removes it with all that is in it; a second call does nothing. Done at the end of the process, too. */
  remove(): void;
  /** Leaves it to a person: neither the end of the process nor who sweeps later removes it. */
  keep(): void;
}

export const TEMP_DIR_PREFIX = 'pikoci-run-';
/** Between making a directory and locking it there is a moment in which it looks abandoned. */
const TOO_YOUNG_TO_BE_STALE_MS = 60_000;

/**
 * A private directory for as long as this process lives. One that was killed cannot clean up: its directory is found by its
 * lock, which nobody holds any more, and swept by the next that comes here. (A lock, not a pid: another container with the
 * same /tmp has other pids.) Throws the errors of file-error.ts.
 */
export function createTempDir(parent: string = tmpdir()): TempDir {
  sweepStaleTempDirs(parent);
  let path: string;
  let lock: FileLock;
  try {
    path = mkdtempSync(join(parent, TEMP_DIR_PREFIX));
    lock = lockDirectory(path, 'pikoci');
  } catch (error) {
    throw fileError(error, 'make a temporary directory in', parent);
  }
  let present = true;
  const remove = (): void => {
    if (!present) return;
    present = false;
    process.off('exit', remove);
    removeTree(path);
    lock.release();
  };
  const keep = (): void => {
    if (!present) return;
    present = false;
    process.off('exit', remove);
    lock.release();
    // Without it nobody takes the directory for one that a killed process left.
    rmSync(join(path, LOCK_FILE), { force: true });
  };
  process.on('exit', remove);
  return { path, remove, keep };
}

/** Removes what killed processes of our user left in `parent`. */
export function sweepStaleTempDirs(parent: string, now: number = Date.now()): void {
  for (const name of namesIn(parent)) {
    const path = join(parent, name);
    if (!name.startsWith(TEMP_DIR_PREFIX) || !isOurOldDirectory(path, now)) continue;
    try {
      // Without a lock file it is not one of ours, or its maker died at once: only an empty one is removed.
      if (existsSync(join(path, LOCK_FILE))) removeUnlessInUse(path);
      else rmdirSync(path);
    } catch (error) {
      // In use, not empty, or refused: not ours to remove. Whoever needs the space will hear of it from the system.
      if (!(error instanceof CodedError) && errnoCode(error) === '') throw error;
    }
  }
}

function removeUnlessInUse(path: string): void {
  const lock = lockDirectory(path, 'pikoci, removing it');
  removeTree(path);
  lock.release();
}

function isOurOldDirectory(path: string, now: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return (
    found?.isDirectory() === true && found.uid === process.getuid?.() && now - found.ctimeMs > TOO_YOUNG_TO_BE_STALE_MS
  );
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    throw fileError(error, 'look into', dir);
  }
}
