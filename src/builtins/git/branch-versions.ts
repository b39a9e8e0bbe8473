/** Commits of a branch, and the newest commits of several. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, param } from '../builtin-command.ts';
import { namePattern } from '../versions/name-pattern.ts';
import { type CommitFilter, commitFilter } from './commit-filter.ts';
import { commitLog, type FoundVersion } from './commit-log.ts';
import { checkCommit, type GitRemote, gitFailed } from './git-remote.ts';
import { fetchBranch, fetchRefs, hasCommit, openMirror, remoteRef, tipRef } from './mirror.ts';
import { listRefs } from './remote-refs.ts';

/** At most so many new commits are told at once, the newest ones. */
const MOST_COMMITS = 100;
const MOST_BRANCHES = 500;
/** How far back a check without a cache looks for the commit it knows. */
const DEPTH_WITHOUT_CACHE = 50;

/**
 * 1. `ls-remote` says what is newest. If that is the version known already, it is all there is to say.
 * 2. Otherwise the branch is fetched, into the mirror if there is a cache, and every commit after the known one is listed.
 * 3. A known commit that is no longer part of the branch (someone pushed with force) starts anew: the newest only.
 */
export async function commitVersions(remote: GitRemote, env: CommandEnv): Promise<FoundVersion[]> {
  const newest = await newestCommit(remote);
  const known = env.version_ref === undefined || env.version_ref === '' ? undefined : checkCommit(env.version_ref);
  const filter = commitFilter(env);
  const cacheDir = env.CACHE_DIR || undefined;
  if (cacheDir !== undefined) {
    const mirror = await openMirror(remote, cacheDir);
    // Someone who polls every few seconds should cost the server one small question.
    if (known !== newest || !(await hasCommit(remote, mirror, newest)))
      await fetchBranch(remote, mirror, remote.branch);
    return listCommits(remote, mirror, known, filter);
  }
  return withRepository(remote, async (dir) => {
    const depth = known === undefined || known === newest ? 1 : DEPTH_WITHOUT_CACHE;
    // The oldest commit of a shallow history seems to touch everything, and the one looked for may be further back.
    const options = filter.paths.length > 0 || filter.options.length > 0 ? [] : [`--depth=${depth}`];
    await fetchBranch(remote, dir, remote.branch, options);
    return await listCommits(remote, dir, known, filter);
  });
}

async function newestCommit(remote: GitRemote): Promise<string> {
  const ref = remoteRef(remote.branch);
  const commit = (await listRefs(remote, [ref])).get(ref);
  if (commit !== undefined && commit !== '') return commit;
  if (remote.branch === undefined) {
    throw new CodedError('repository_empty', `${remote.url} has no commits yet, or no default branch.`, {
      hint: 'Push a first commit, or name the branch: params { branch = "…" }.',
    });
  }
  throw new CodedError('branch_not_found', `${remote.url} has no branch "${remote.branch}".`);
}

async function listCommits(
  remote: GitRemote,
  gitDir: string,
  known: string | undefined,
  filter: CommitFilter,
): Promise<FoundVersion[]> {
  const tip = tipRef(remote.branch);
  const continues =
    known !== undefined &&
    (await hasCommit(remote, gitDir, known)) &&
    (await remote.git(['--git-dir', gitDir, 'merge-base', '--is-ancestor', known, tip])).exitCode === 0;
  if (!continues) return commitLog(remote, gitDir, ['-1', '--first-parent', tip], filter);
  const range = [`-${MOST_COMMITS}`, '--first-parent', `${known}..${tip}`];
  const newer = await commitLog(remote, gitDir, range, filter);
  return [...(await commitLog(remote, gitDir, ['-1', known])), ...newer.reverse()];
}

/**
 * The newest commit of each branch that matches, `{ ref, branch }`, by the dates of the commits. All are told each time: what is known keeps its
 * place. Commits between two checks make no versions.
 */
export async function branchHeads(remote: GitRemote, env: CommandEnv, pattern: string): Promise<FoundVersion[]> {
  const { matches } = await namePattern(pattern, 'branches');
  const refs = await listRefs(remote, ['refs/heads/*']);
  const heads = [...refs].filter(([name]) => matches(name.slice('refs/heads/'.length)));
  if (heads.length === 0) return [];
  if (heads.length > MOST_BRANCHES) {
    throw new CodedError(
      'too_many_branches',
      `${heads.length} branches of ${remote.url} match ${JSON.stringify(pattern)}; at most ${MOST_BRANCHES} may.`,
      {
        hint: 'Make the pattern of "branches" narrower.',
      },
    );
  }
  const cacheDir = env.CACHE_DIR || undefined;
  const list = async (gitDir: string): Promise<FoundVersion[]> => {
    const missing: string[] = [];
    for (const [name, ref] of heads) if (!(await hasCommit(remote, gitDir, ref))) missing.push(name);
    if (missing.length > 0) await fetchHeads(remote, gitDir, missing);
    const filter = commitFilter(env);
    const found: FoundVersion[] = [];
    for (const [name, head] of heads) {
      const [commit] = await commitLog(remote, gitDir, ['-1', '--first-parent', head], filter);
      if (commit === undefined) continue;
      const branch = name.slice('refs/heads/'.length);
      found.push({
        version: { ...commit.version, branch },
        metadata: { branch, ...commit.metadata },
      });
    }
    return found.sort((a, b) => Date.parse(a.metadata.date ?? '') - Date.parse(b.metadata.date ?? ''));
  };
  return cacheDir === undefined ? withRepository(remote, list) : list(await openMirror(remote, cacheDir));
}

async function fetchHeads(remote: GitRemote, gitDir: string, names: readonly string[]): Promise<void> {
  const specs = names.map((name) => `+${name}:${tipRef(name.slice('refs/heads/'.length))}`);
  const fetched = await fetchRefs(remote, gitDir, specs);
  if (fetched.exitCode !== 0) throw gitFailed(`Fetching branches of ${remote.url}`, fetched);
}

/** A repository for as long as `use` takes. */
async function withRepository<T>(remote: GitRemote, use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'pikoci-git-'));
  try {
    await remote.need(['init', '--quiet', '--bare', '--', dir], 'Making a repository');
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The branch of a version found by `branches`, else the resource's. */
export const branchOf = (env: CommandEnv): string | undefined => env.version_branch || param(env, 'branch');
