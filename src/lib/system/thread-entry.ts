/**
 * Where the code of a thread is: a file named `*.thread.ts`, by its path from the root of the sources. In the executable such files are entry points
 * of their own (scripts/build.ts), found by that path, too.
 */
export function threadEntry(path: `src/${string}.thread.ts`): string | URL {
  return import.meta.url.includes('/$bunfs/') ? `./${path}` : new URL(`../../../${path}`, import.meta.url);
}
