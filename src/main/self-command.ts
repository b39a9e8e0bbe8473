import { join } from 'node:path';

/** Whether this is the built executable, and not Bun running the sources. */
export const isCompiled: boolean = import.meta.path.startsWith('/$bunfs/') || import.meta.path.includes('~BUN');

/** How this program starts itself again: the executable, or Bun with the main module when run from source. */
export function selfCommand(): [string, ...string[]] {
  return isCompiled ? [process.execPath] : [process.execPath, join(import.meta.dirname, 'main.ts')];
}

/** Where a thread's entry point is inside the executable (scripts/build.ts makes one of each `*.thread.ts`), named from `src/`. */
export function threadPath(name: string): string {
  return `/$bunfs/root/src/${name}.js`;
}
