import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The repository that a file is in, where it is checked out: what `get "git" "repository"` is on one's own machine. Undefined: it is in none. */
export function checkoutAround(file: string, cwd: string): string | undefined {
  for (let at = dirname(resolve(cwd, file)); ; at = dirname(at)) {
    // A worktree and a submodule have a file there.
    if (existsSync(join(at, '.git'))) return pathToFileURL(at).href;
    if (at === dirname(at)) return undefined;
  }
}
