/** The copy of a repository that a worker keeps in `CACHE_DIR`, so that each check and pull fetches only what is new. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramResult } from '../run-program.ts';
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

/** Brings refs into a repository; the caller says what a failure means. */
export async function fetchRefs(
  remote: GitRemote,
  gitDir: string,
  specs: readonly string[],
  options: readonly string[] = [],
): Promise<ProgramResult> {
  for (let tried = 1; ; tried += 1) {
    const result = await remote.git([
      ...['--git-dir', gitDir, 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head'],
      ...[...options, '--', remote.url, ...specs],
    ]);
    // A check and a pull of the same resource may fetch at the same moment; the other one is soon done.
    const isLocked = /cannot lock ref|unable to lock|\.lock'?: File exists/i.test(result.stderr);
    if (result.exitCode === 0 || !isLocked || tried === TRIES) return result;
    await new Promise((resolve) => setTimeout(resolve, 200 * tried));
  }
}

/** Brings the branch into a repository, at `tipRef`. */
export async function fetchBranch(
  remote: GitRemote,
  gitDir: string,
  branch: string | undefined,
  options: readonly string[] = [],
): Promise<void> {
  const fetched = await fetchRefs(remote, gitDir, [`+${remoteRef(branch)}:${tipRef(branch)}`], options);
  if (fetched.exitCode !== 0) throw gitFailed(`Fetching ${branch ?? 'the default branch'} of ${remote.url}`, fetched);
}

export async function hasCommit(remote: GitRemote, gitDir: string, ref: string): Promise<boolean> {
  return (await remote.git(['--git-dir', gitDir, 'cat-file', '-e', `${ref}^{commit}`])).exitCode === 0;
}
