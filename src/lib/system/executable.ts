/** Which file a command's first word means, found as a shell would, with an error that says where it was looked for. */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CodedError } from '../coded-error.ts';

/**
 * The path of the program: `name` itself if it holds a slash (relative to `cwd`), else the first executable file of that
 * name in `path`. Throws `exec.not_found`, `exec.not_executable`.
 */
export function findExecutable(name: string, path: string | undefined, cwd: string): string {
  const candidates = name.includes('/')
    ? [resolve(cwd, name)]
    : (path ?? '').split(':').flatMap((dir) => (name === '' ? [] : [resolve(cwd, dir, name)]));
  const found = candidates.find(isExecutableFile);
  if (found !== undefined) return found;
  const present = candidates.find((file) => kindOf(file) !== 'none');
  if (present !== undefined) {
    const isDirectory = kindOf(present) === 'directory';
    const why = isDirectory ? 'is a directory' : 'is not marked as executable';
    throw new CodedError('exec.not_executable', `cannot run ${name}: ${present} ${why}`, {
      hint: isDirectory ? 'name a program in it' : `run chmod +x ${present}, or name its interpreter first`,
    });
  }
  if (name.includes('/')) {
    throw new CodedError('exec.not_found', `cannot run ${name}: there is no file ${candidates[0]}`, {
      hint: `a path is looked for from the directory the command runs in, ${cwd}`,
    });
  }
  const where = path === undefined ? 'PATH is not set' : path === '' ? 'PATH is empty' : `looked in PATH=${path}`;
  throw new CodedError('exec.not_found', `cannot find the program ${JSON.stringify(name)}: ${where}`, {
    hint: 'install it on the worker, or give its full path',
  });
}

/** The interpreter a script's `#!` line names, if it has one. */
export function scriptInterpreter(file: string): string | undefined {
  const head = Buffer.alloc(256);
  const fd = openSync(file, 'r');
  try {
    const length = readSync(fd, head, 0, head.length, 0);
    return /^#![ \t]*([^ \t\n]+)/.exec(head.toString('utf8', 0, length))?.[1];
  } finally {
    closeSync(fd);
  }
}

function isExecutableFile(file: string): boolean {
  return kindOf(file) === 'file' && succeeds(() => accessSync(file, constants.X_OK));
}

function kindOf(file: string): 'file' | 'directory' | 'none' {
  let kind: 'file' | 'directory' | 'none' = 'none';
  succeeds(() => {
    // Most directories of a PATH do not have it, and an exception costs more than the look.
    const found = statSync(file, { throwIfNoEntry: false });
    if (found !== undefined) kind = found.isDirectory() ? 'directory' : 'file';
  });
  return kind;
}

/** For calls that say "no" by throwing: missing, a directory in between that we may not enter, not executable for us. */
function succeeds(ask: () => void): boolean {
  try {
    ask();
    return true;
  } catch {
    return false;
  }
}
