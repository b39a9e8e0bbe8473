import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { type FileLock, lockDatabaseFile } from '../../lib/system/lock-file.ts';

/** Where a copy lies while it is used. */
export interface CopyPlace {
  path(): string;
  free(): void;
}

/** Servers that take over from each other use the same directory for a while. */
const MOST_COPIES = 8;

/** `directory`: kept there for the next start; absent: nowhere. */
export function copyPlace(directory: string | undefined): CopyPlace {
  let path: string | undefined;
  let lock: FileLock | undefined;
  let temporary: string | undefined;
  return {
    path() {
      if (path !== undefined) return path;
      if (directory === undefined) {
        temporary = mkdtempSync(join(tmpdir(), 'pikoci-copy-'));
        path = join(temporary, 'mongodb.db');
        return path;
      }
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      for (let number = 1; ; number++) {
        const candidate = join(directory, number === 1 ? 'mongodb-copy.db' : `mongodb-copy-${number}.db`);
        try {
          lock = lockDatabaseFile(candidate, 'pikoci');
          path = candidate;
          return path;
        } catch (error) {
          if (!(error instanceof CodedError) || error.code !== 'store.in_use' || number === MOST_COPIES) throw error;
        }
      }
    },
    free() {
      lock?.release();
      if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
    },
  };
}
