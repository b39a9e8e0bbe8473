import { CodedError } from '../lib/coded-error.ts';
import { type FileLock, lockDirectory } from '../lib/system/lock-file.ts';
import { pause } from './engine/interrupt.ts';

/** How the guard of a dead worker calls itself while it reads what that one left: a moment. */
export const GUARD_OF_WORKER = 'pikoci guard';

const TRIES = 100;
const PAUSE_MS = 50;

/** The data directory, for us alone. Throws `data_dir.locked` when another worker has it, and the errors of file-error.ts. */
export async function takeDirectory(dataDir: string, signal: AbortSignal): Promise<FileLock> {
  for (let tries = 1; ; tries += 1) {
    try {
      return lockDirectory(dataDir, 'pikoci worker');
    } catch (error) {
      const isGuards = error instanceof CodedError && error.message.includes(`in use by ${GUARD_OF_WORKER}`);
      if (!isGuards || tries === TRIES) throw error;
      await pause(PAUSE_MS, signal);
    }
  }
}
