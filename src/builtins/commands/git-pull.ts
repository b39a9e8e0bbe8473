/** Puts the commit of `version_ref` into the directory of the `get`, as a repository whose `origin` is the remote. */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, flagParam, param } from '../builtin-command.ts';
import { branchOf } from '../git/branch-versions.ts';
import { checkCommit, checkRefName, type GitRemote, gitFailed, openRemote } from '../git/git-remote.ts';
import { fetchBranch, fetchRefs, hasCommit, openMirror } from '../git/mirror.ts';
import { pullRequestRefs } from '../git/pull-request-versions.ts';

export async function gitPull(env: CommandEnv, io: CommandIo): Promise<number> {
  const ref = checkCommit(env.version_ref);
  using remote = openRemote(env);
  const dir = resolve(env.WORKDIR || '.', env.GET_DIR || '.');
  await mkdir(dir, { recursive: true });
  // A merge needs the history of both.
  const depth = env.version_merge_into ? undefined : readDepth(param(env, 'depth'));
  await remote.need(['init', '--quiet', '--', dir], 'Making the repository');
  await setOrigin(remote, dir);
  await bringCommit(remote, dir, ref, depth, env);
  const base = env.version_merge_into || undefined;
  if (base === undefined) await checkOut(remote, dir, ref);
  else await checkOutMerge(remote, dir, { head: ref, base: checkCommit(base) }, env);
  if (flagParam(env, 'submodules')) await updateSubmodules(remote, dir, depth, io);
  const subject = await remote.need(['log', '-1', '--format=%h %s', 'HEAD', '--'], 'Reading the commit', { cwd: dir });
  io.stderr(`${remote.url}: ${subject}\n`);
  return 0;
}

const checkOut = (remote: GitRemote, dir: string, ref: string): Promise<string> =>
  remote.need(['checkout', '--quiet', '--force', '--detach', ref, '--'], `Checking out ${ref}`, { cwd: dir });

/** Names of the merge are nobody's: it is never pushed. */
const MERGER = ['-c', 'user.name=pikoci', '-c', 'user.email=pikoci@localhost', '-c', 'commit.gpgSign=false'];

/** What merging a pull request would make, of exactly these two commits. */
async function checkOutMerge(
  remote: GitRemote,
  dir: string,
  { head, base }: { readonly head: string; readonly base: string },
  env: CommandEnv,
): Promise<void> {
  // Both histories are needed to where they parted.
  const { version_pr: _pr, version_base: branch, ...rest } = env;
  await bringCommit(remote, dir, base, undefined, { ...rest, ...(branch && { version_branch: branch }) });
  await checkOut(remote, dir, base);
  const message = `Merge ${head} into ${base}`;
  const merged = await remote.git([...MERGER, 'merge', '--quiet', '--no-ff', '--no-edit', '-m', message, head], {
    cwd: dir,
  });
  if (merged.exitCode === 0) return;
  const conflicts = await remote.git(['diff', '--name-only', '--diff-filter=U'], { cwd: dir });
  const files = conflicts.stdout.trim().split('\n').filter(Boolean);
  if (files.length === 0) throw gitFailed(message, merged);
  throw new CodedError(
    'merge_conflict',
    `It cannot be merged into ${base}: both changed ${files.slice(0, 10).join(', ')}.`,
    {
      hint: 'Merge the base into the branch, or rebase the branch, and push it again.',
    },
  );
}

function readDepth(text: string | undefined): number | undefined {
  if (text === undefined || text === '0') return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new CodedError('bad_parameter', `"depth" is a number of commits, not ${JSON.stringify(text)}.`);
}

async function setOrigin(remote: GitRemote, dir: string): Promise<void> {
  const args = ['config', '--replace-all', 'remote.origin.url', remote.url];
  await remote.need(args, 'Writing the configuration', { cwd: dir });
  const fetch = ['config', '--replace-all', 'remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*'];
  await remote.need(fetch, 'Writing the configuration', { cwd: dir });
}

/**
 * 1. With a depth: that commit alone from the remote. 2. With a cache: from the mirror, which fetches what it lacks.
 * 3. Otherwise, or where a server does not hand out single commits: the branch, then every branch.
 */
async function bringCommit(
  remote: GitRemote,
  dir: string,
  ref: string,
  depth: number | undefined,
  env: CommandEnv,
): Promise<void> {
  const fetch = (from: string, what: string, options: readonly string[] = []) =>
    remote.git(['fetch', '--quiet', '--no-tags', ...options, '--', from, what], { cwd: dir });
  if (depth !== undefined && (await fetch(remote.url, ref, [`--depth=${depth}`])).exitCode === 0) return;
  const cacheDir = env.CACHE_DIR || undefined;
  if (cacheDir !== undefined && depth === undefined) {
    const mirror = await openMirror(remote, cacheDir);
    if (!(await hasCommit(remote, mirror, ref))) await fetchSource(remote, mirror, env);
    // From a directory any commit can be had by its id, also one that no branch leads to any more.
    if ((await hasCommit(remote, mirror, ref)) && (await fetch(mirror, ref)).exitCode === 0) return;
  }
  const gitDir = resolve(dir, '.git');
  await fetchSource(remote, gitDir, env);
  if (await hasCommit(remote, gitDir, ref)) return;
  if ((await fetch(remote.url, ref)).exitCode === 0) return;
  const all = await fetch(remote.url, '+refs/heads/*:refs/remotes/origin/*');
  if (all.exitCode !== 0) throw gitFailed(`Fetching ${remote.url}`, all);
  if (await hasCommit(remote, gitDir, ref)) return;
  throw new CodedError('commit_not_found', `${remote.url} no longer has the commit ${ref}.`, {
    hint: 'It was probably removed by a push with force; check the resource again for the newest version.',
  });
}

/** What the version was found on: the pull request, the branch it names, the tag, or the resource's branch. A ref that is gone is no error yet. */
async function fetchSource(remote: GitRemote, gitDir: string, env: CommandEnv): Promise<void> {
  const { version_pr: pr, version_tag: tag } = env;
  if (pr !== undefined && /^\d+$/.test(pr)) {
    for (const name of pullRequestRefs(pr)) {
      const spec = `+${name}:refs/pikoci/pull/${pr}`;
      if ((await fetchRefs(remote, gitDir, [spec])).exitCode === 0) return;
    }
  }
  const branch = branchOf(env);
  if (branch !== undefined) checkRefName(branch, 'branch');
  if (tag) {
    checkRefName(tag, 'tag');
    const spec = `+refs/tags/${tag}:refs/tags/${tag}`;
    if ((await fetchRefs(remote, gitDir, [spec])).exitCode === 0) return;
  }
  if (env.version_branch) {
    // A branch that was merged and deleted: its commit may still be had by its id.
    await fetchBranch(remote, gitDir, branch).catch(() => undefined);
    return;
  }
  await fetchBranch(remote, gitDir, branch);
}

async function updateSubmodules(
  remote: GitRemote,
  dir: string,
  depth: number | undefined,
  io: CommandIo,
): Promise<void> {
  const shallow = depth === undefined ? [] : [`--depth=${depth}`];
  const args = ['submodule', '--quiet', 'update', '--init', '--recursive', ...shallow];
  const result = await remote.git(args, { cwd: dir, onStderr: io.stderr });
  if (result.exitCode !== 0) throw gitFailed('Fetching submodules', result);
}
