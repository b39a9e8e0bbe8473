/** Tells when a file of some directories changes, as `pikoci run --watch` needs it. */
import { type FSWatcher, fstatSync, type Stats, statSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileError } from '../lib/system/file-error.ts';
import { TEMP_DIR_PREFIX } from '../lib/system/temp-dir.ts';

/** Changes come in swarms: an editor writes beside the file and renames, a checkout touches hundreds. */
const QUIET_MS = 150;
/** What versioning and package managers keep for themselves. */
const NOT_WATCHED: ReadonlySet<string> = new Set(['.git', 'node_modules']);

export interface FileWatch extends Disposable {
  /** Resolves with one of the changed files once something has changed since the last time and it is quiet; `undefined` when `signal` aborts. */
  next(signal: AbortSignal): Promise<string | undefined>;
}

/** `ignored`: files and directories that the run itself writes. Throws the errors of file-error.ts. */
export function watchFiles(directories: readonly string[], ignored: readonly string[]): FileWatch {
  let changed: string | undefined;
  let wake: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Without a name it is the directory itself: it was renamed, or removed.
  const seen = (directory: string, name: string | null | undefined): void => {
    if (name?.split(sep).some((part) => NOT_WATCHED.has(part))) return;
    const path = join(directory, name ?? '');
    if (ignored.some((one) => isInside(one, path)) || path.startsWith(OWN_TEMPORARY) || isOwnOutput(path)) return;
    changed = path;
    clearTimeout(timer);
    timer = setTimeout(() => wake?.(), QUIET_MS);
  };
  const watchers: FSWatcher[] = [];
  for (const directory of new Set(directories)) {
    try {
      const watcher = watch(directory, { recursive: true }, (_event, name) => seen(directory, name));
      // A directory that goes away is told as a change; what comes in its place is watched from the next run on.
      watcher.on('error', () => seen(directory, ''));
      watchers.push(watcher);
    } catch (error) {
      for (const watcher of watchers) watcher.close();
      throw fileError(error, 'watch', directory);
    }
  }
  return {
    next: (signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          wake = undefined;
          signal.removeEventListener('abort', done);
          const path = signal.aborted ? undefined : changed;
          // What changed while nobody was to be told is told the next time.
          if (!signal.aborted) changed = undefined;
          resolve(path);
        };
        if (signal.aborted) {
          done();
          return;
        }
        signal.addEventListener('abort', done, { once: true });
        wake = done;
        // Something changed before anybody asked, and it is quiet already.
        if (changed !== undefined) timer = setTimeout(() => wake?.(), QUIET_MS);
      }),
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

const OWN_TEMPORARY = join(tmpdir(), TEMP_DIR_PREFIX);

/** `pikoci run --watch > log` writes a file, too. */
function isOwnOutput(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true) return false;
  return [1, 2].some((descriptor) => {
    const own = statOf(descriptor);
    return own?.dev === found.dev && own.ino === found.ino;
  });
}

function statOf(descriptor: number): Stats | undefined {
  try {
    return fstatSync(descriptor);
  } catch {
    // It is closed, so nothing is written there.
    return undefined;
  }
}

function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}
