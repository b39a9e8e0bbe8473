import { lstatSync, readdirSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from './errno.ts';

/**
 * Removes a file, or a directory with all that is in it; what is not there is no error. Links are removed and not followed. It is for directories with very many files, of
 * which the runtime's own `rm` takes a minute for 100,000.
 */
export function removeTree(path: string): void {
  for (const _ of removals(path));
}

/** The same, with pauses in which others of this process have their turn. */
export async function removeTreeInTurns(path: string): Promise<void> {
  let began = performance.now();
  for (const _ of removals(path)) {
    if (performance.now() - began < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}

const TURN_MS = 20;
const MOST_TRIES = 5;
/** What stands in a name for bytes that are no UTF-8. */
const NOT_UTF_8 = '\ufffd';

/** Something happens at each step. */
function* removals(path: string): Generator<void> {
  for (let tries = MOST_TRIES; ; tries -= 1) {
    try {
      yield* remove(path, lstatSync(path).isDirectory());
      return;
    } catch (error) {
      const errno = errnoCode(error);
      if (errno === 'ENOENT' && !isThere(path)) return;
      // Somebody still puts things there, or takes them away: it is looked at anew.
      if (tries === 1 || (errno !== 'ENOTEMPTY' && errno !== 'ENOENT')) throw error;
    }
  }
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function* remove(path: string, isDirectory: boolean): Generator<void> {
  if (isDirectory) {
    for (const found of readdirSync(path, { withFileTypes: true })) {
      if (found.name.includes(NOT_UTF_8)) {
        // By a text it cannot be named; the runtime's own `rm` goes by bytes.
        rmSync(path, { recursive: true, force: true });
        yield;
        return;
      }
      yield* remove(join(path, found.name), found.isDirectory());
    }
    rmdirSync(path);
  } else unlinkSync(path);
  yield;
}
