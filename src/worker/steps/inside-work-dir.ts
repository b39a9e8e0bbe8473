import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';

/** The path, relative to the build's directory; one that leads out of it is refused. `what` names it in the message. */
export function insideWorkDir(path: string, what: string): string {
  const clean = normalize(path);
  if (!clean.startsWith('/') && clean !== '..' && !clean.startsWith('../') && !clean.includes('\0')) return clean;
  throw new CodedError(
    'path.outside',
    `${what} is ${JSON.stringify(path)}, which lies outside of the build's directory`,
    {
      hint: 'give a path relative to $WORKDIR, without ..',
    },
  );
}

/** The same, where it really is: a link on the way there that leads out is refused, so that what a container left behind leads the worker nowhere else. */
export async function realPathInside(workDir: string, path: string, what: string): Promise<string> {
  const full = join(workDir, insideWorkDir(path, what));
  const root = await realpath(workDir);
  for (let at = full; ; at = dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    const isThere = real !== undefined || (await lstat(at).catch(() => undefined)) !== undefined;
    if (!isThere) continue;
    if (real === root || real?.startsWith(`${root}/`) === true) return full;
    throw new CodedError('path.outside', `${what} is ${path}, and a link there leads out of the build's directory`, {
      hint: 'name the directory it leads to, or copy what is in it',
    });
  }
}
