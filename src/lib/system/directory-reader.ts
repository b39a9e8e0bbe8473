import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { errnoCode } from './errno.ts';
import { fileError } from './file-error.ts';

/** Paths are relative to the directory, with forward slashes. What is no UTF-8 comes as bytes, what is not there as `undefined`. */
export interface DirectoryReader {
  read(path: string): Promise<string | Uint8Array | undefined>;
  /** The files in a directory and below it; none when there is no such directory. */
  list(directory: string): Promise<readonly string[]>;
}

/** More than this is no part of a pipeline: somebody's disk image lies beside it. */
const LARGEST_FILE = 4 * 1024 * 1024;
/** A `fileset("**")` beside a whole repository should not walk through these. */
const NOT_SEARCHED: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** Reads the files of a directory on this machine. A link that leads out of the directory counts as not there. */
export function directoryReader(directory: string): DirectoryReader {
  return {
    read: async (path) => {
      try {
        const [root, file] = await Promise.all([realpath(directory), realpath(join(directory, path))]);
        const inside = relative(root, file);
        if (inside === '..' || inside.startsWith(`..${sep}`)) return undefined;
        const found = await stat(file);
        // A pipe or a device would keep us waiting.
        return !found.isFile() || found.size > LARGEST_FILE ? undefined : textOrBytes(await readFile(file));
      } catch (error) {
        if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoCode(error))) return undefined;
        throw fileError(error, 'read', join(directory, path));
      }
    },
    list: async (path) => {
      const found: string[] = [];
      const waiting = [path];
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        for (const entry of await entriesOf(join(directory, next))) {
          const inner = next === '' ? entry.name : `${next}/${entry.name}`;
          if (entry.isFile()) found.push(inner);
          else if (entry.isDirectory() && !NOT_SEARCHED.has(entry.name)) waiting.push(inner);
        }
      }
      return found;
    },
  };
}

function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return bytes;
    throw error;
  }
}

async function entriesOf(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoCode(error))) return [];
    throw fileError(error, 'read', directory);
  }
}
