/** What only one server at a time may use: its data directory, and a database that is one file. */
import { existsSync, realpathSync } from 'node:fs';
import { type FileLock, lockDatabaseFile } from '../lib/system/lock-file.ts';
import type { ChosenDatabase } from './choose-database.ts';
import type { DataDirectory } from './data-directory.ts';

export interface ServerLocks {
  /** Throws `data_dir.locked`, `store.in_use` when another server has one of them. */
  take(): void;
  /** What was not taken is left alone. */
  free(): void;
}

/** `who`: how this process calls itself to another that comes too late. */
export function serverLocks(directory: DataDirectory, database: ChosenDatabase, who = 'pikoci server'): ServerLocks {
  let file: FileLock | undefined;
  const free = (): void => {
    file?.release();
    file = undefined;
    directory.unlock();
  };
  return {
    take() {
      directory.lock();
      if (database.system !== 'sqlite' || database.path === undefined) return;
      try {
        file ??= lockDatabaseFile(throughLinks(database.path), who);
      } catch (error) {
        free();
        throw error;
      }
    },
    free,
  };
}

/** So that two names of one file are one database. */
function throughLinks(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}
