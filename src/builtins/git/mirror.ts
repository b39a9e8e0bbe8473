/** The copy of a repository that a worker keeps in `CACHE_DIR`, so that each check and pull fetches only what is new. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type GitRemote, gitFailed } from './git-remote.ts';

/** Where the newest commit of a branch lies after `fetchBranch`. */
export const tipRef = (branch: string | undefined): string =>
  branch === undefined ? 'refs/pikoci/default' : `refs/pikoci/heads/${branch}`;

/** What the remote calls it: a branch, or its default. */
export const remoteRef = (branch: string | undefined): string =>
  branch === undefined ? 'HEAD' : `refs/heads/${branch}`;

/** The mirror's directory, made if need be. */
export async function openMirror(remote: GitRemote, cacheDir: string): Promise<string> {
  const dir = join(cacheDir, 'mirror.git');
  if (!existsSync(join(dir, 'HEAD'))) await remote.need(['init', '--quiet', '--bare', '--', dir], 'Making the mirror');
  return dir;
}

const TRIES = 5;

/** Brings the branch into a repository, at `tipRef`. */
export async function fetchBranch(
  remote: GitRemote,
  gitDir: string,
  branch: string | undefined,
  options: readonly string[] = [],
): Promise<void> {
  const refspec = `+${remoteRef(branch)}:${tipRef(branch)}`;
  for (let tried = 1; ; tried += 1) {
    const result = await remote.git([
      ...['--git-dir', gitDir, 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head'],
      ...[...options, '--', remote.url, refspec],
    ]);
    if (result.exitCode === 0) return;
    // A check and a pull of the same resource may fetch at the same moment; the other one is soon done.
    if (tried === TRIES || !/cannot lock ref|unable to lock|\.lock'?: File exists/i.test(result.stderr)) {
      throw gitFailed(`Fetching ${branch ?? 'the default branch'} of ${remote.url}`, result);
    }
    await new Promise((resolve) => setTimeout(resolve, 200 * tried));
  }
}

export async function hasCommit(remote: GitRemote, gitDir: string, ref: string): Promise<boolean> {
  return (await remote.git(['--git-dir', gitDir, 'cat-file', '-e', `${ref}^{commit}`])).exitCode === 0;
}
