/** Files that a command writes and the worker reads. The command may run in a container, where it must not choose which file of this machine that is. */
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { errnoCode } from '../../lib/system/errno.ts';

/** The beginning of the file, '' when there is none. Throws `task.no_file` for a link, a pipe or a directory in its place; `what` names it. */
export function readOwnFile(path: string, bytes: number, what: string): string {
  const descriptor = openItself(path, what);
  if (descriptor === undefined) return '';
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile() || !isAt(descriptor, path)) throw noFile(what);
    const buffer = new Uint8Array(Math.min(bytes, found.size));
    const length = readSync(descriptor, buffer, 0, buffer.byteLength, 0);
    // A character that the end cuts through is left out.
    return new TextDecoder().decode(buffer.subarray(0, length), { stream: true });
  } finally {
    closeSync(descriptor);
  }
}

function openItself(path: string, what: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const errno = errnoCode(error);
    if (errno === 'ENOENT') return undefined;
    if (errno === 'ELOOP' || errno === 'ENOTDIR' || errno === 'ENXIO') throw noFile(what);
    throw new CodedError('task.file_unreadable', `the file ${what} cannot be read: ${errno || 'it is not there'}`, {
      hint: 'did a container write it as another user, for nobody else to read?',
      cause: error,
    });
  }
}

/** A directory above it may be a link as well. Where the system does not say what was opened, only the file itself is looked at. */
function isAt(descriptor: number, path: string): boolean {
  let opened: string;
  try {
    opened = readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return true;
  }
  // Two above: what the command sees begins with the directory of the build.
  const above = dirname(dirname(path));
  return opened === join(realpathSync(above), basename(dirname(path)), basename(path));
}

const noFile = (what: string): CodedError =>
  new CodedError('task.no_file', `${what} is no file any more: the command put a link, a pipe or a directory there`, {
    hint: `write to it: echo … >> "${what}"`,
  });
