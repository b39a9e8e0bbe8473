import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../lib/coded-error.ts';
import type { Logger } from '../lib/logger.ts';
import { removeTree, removeTreeInTurns } from '../lib/system/remove-tree.ts';

/** The directories of one attempt or check: what it works in, and what nobody else may read. */
export interface AttemptRoot {
  readonly root: string;
  readonly workDir: string;
  readonly privateDir: string;
}

export function attemptRoot(root: string): AttemptRoot {
  return { root, workDir: join(root, 'build'), privateDir: join(root, 'private') };
}

/** Fresh and empty. The id comes from a server, so it is not trusted to be the name of a directory. */
export function createAttemptRoot(workRoot: string, id: string): AttemptRoot {
  const name = /^[\w-]{1,64}$/.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, 32);
  const made = attemptRoot(join(workRoot, name));
  removeTree(made.root);
  mkdirSync(made.root, { recursive: true, mode: 0o700 });
  mkdirSync(made.workDir, { mode: 0o755 });
  mkdirSync(made.privateDir, { mode: 0o700 });
  mkdirSync(join(made.privateDir, 'tmp'), { mode: 0o700 });
  return made;
}

/** A container that ran as root may have left what we cannot remove: that is said, and tried again at the next start. */
export async function removeAttemptRoot(root: string, logger: Logger): Promise<void> {
  try {
    await removeTreeInTurns(root);
  } catch (error) {
    logger.warn('a work directory cannot be removed', { directory: root, why: errorText(error) });
  }
}

/** Removes every directory of attempts that nobody runs any more. */
export async function sweepAttemptRoots(workRoot: string, logger: Logger): Promise<void> {
  mkdirSync(workRoot, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(workRoot)) await removeAttemptRoot(join(workRoot, name), logger);
}
