import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Remote {
  readonly url: string;
  readonly branch: string | undefined;
}

const run = promisify(execFile);

/** Where the repository of a directory is cloned from, and which branch it is at. `undefined`: git knows of none, or is not here. */
export async function findRemote(directory: string): Promise<Remote | undefined> {
  const url = await git(directory, 'remote', 'get-url', 'origin');
  if (url === undefined) return undefined;
  return { url: withoutCredentials(url), branch: await git(directory, 'symbolic-ref', '--short', 'HEAD') };
}

async function git(directory: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run('git', ['-C', directory, ...args]);
    return stdout.trim() === '' ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}

/** A token in an address is nothing for a file that is committed. */
export function withoutCredentials(address: string): string {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return address;
  url.username = '';
  url.password = '';
  return url.href;
}
