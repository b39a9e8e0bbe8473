import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
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

const SAFE_NAME = /^[\w-]{1,64}$/;

/** Fresh and empty. The id comes from a server, so it is not trusted to be the name of a directory. */
export function createAttemptRoot(workRoot: string, id: string): AttemptRoot {
  const name = SAFE_NAME.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, 32);
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

/** The directories of a worker's attempts and checks. Disposed of, no spare ones are left. */
export interface AttemptRoots extends Disposable {
  create(id: string): AttemptRoot;
  remove(root: string, logger: Logger): Promise<void>;
}

const MOST_SPARE = 16;

/**
 * What is left of a root when its work directory is gone, empty and as it was made, is the next one's: a file system takes ten times as long to make and to remove
 * a directory as to give it another name.
 */
export function createAttemptRoots(workRoot: string): AttemptRoots {
  const spare: string[] = [];
  let made = 0;

  /** Undefined: there is none, or it cannot be used. */
  function fromSpare(id: string): AttemptRoot | undefined {
    const from = spare.pop();
    if (from === undefined || !SAFE_NAME.test(id)) return undefined;
    const dirs = attemptRoot(join(workRoot, id));
    try {
      renameSync(from, dirs.root);
      mkdirSync(dirs.workDir, { mode: 0o755 });
      return dirs;
    } catch {
      // What it is, the attempt finds out when it makes its own.
      return undefined;
    }
  }

  return {
    create: (id) => fromSpare(id) ?? createAttemptRoot(workRoot, id),
    async remove(root, logger) {
      try {
        await removeTreeInTurns(attemptRoot(root).workDir);
        if (spare.length < MOST_SPARE && isBare(root)) {
          const to = join(workRoot, `spare-${made++}`);
          renameSync(root, to);
          spare.push(to);
          return;
        }
      } catch (error) {
        logger.debug('a work directory is not used again', { directory: root, why: errorText(error) });
      }
      await removeAttemptRoot(root, logger);
    },
    [Symbol.dispose]() {
      for (const root of spare.splice(0)) removeTree(root);
    },
  };
}

/** Whether it holds what `createAttemptRoot` makes besides the work directory, and nothing else. */
function isBare(root: string): boolean {
  const { privateDir } = attemptRoot(root);
  return holdsOnly(root, ['private']) && holdsOnly(privateDir, ['tmp']) && holdsOnly(join(privateDir, 'tmp'), []);
}

function holdsOnly(directory: string, names: readonly string[]): boolean {
  const { mode, uid } = lstatSync(directory);
  const found = readdirSync(directory);
  const isOurs = (mode & 0o7777) === 0o700 && uid === process.geteuid?.();
  return isOurs && found.length === names.length && names.every((name) => found.includes(name));
}

/** Removes every directory of attempts that nobody runs any more. */
export async function sweepAttemptRoots(workRoot: string, logger: Logger): Promise<void> {
  mkdirSync(workRoot, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(workRoot)) await removeAttemptRoot(join(workRoot, name), logger);
}
