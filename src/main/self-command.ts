import { join } from 'node:path';

/** How this program starts itself again: the executable, or Bun with the main module when run from source. */
export function selfCommand(): [string, ...string[]] {
  const compiled = import.meta.path.startsWith('/$bunfs/') || import.meta.path.includes('~BUN');
  return compiled ? [process.execPath] : [process.execPath, join(import.meta.dirname, 'main.ts')];
}
