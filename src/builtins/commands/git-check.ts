/**
 * Prints the commits of a branch, or its tags, as versions, oldest first.
 *
 * 1. `ls-remote` says what is newest. If that is the version known already, it is all there is to say.
 * 2. Otherwise the branch is fetched, into the mirror if there is a cache, and every commit after the known one is listed.
 * 3. A known commit that is no longer part of the branch (someone pushed with force) starts anew: the newest only.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { commitLog, type FoundVersion } from '../git/commit-log.ts';
import { checkCommit, type GitRemote, openRemote } from '../git/git-remote.ts';
import { fetchBranch, hasCommit, openMirror, remoteRef, tipRef } from '../git/mirror.ts';

/** At most so many new commits are told at once, the newest ones. */
const MOST_COMMITS = 100;
/** How far back a check without a cache looks for the commit it knows. */
const DEPTH_WITHOUT_CACHE = 50;

export async function gitCheck(env: CommandEnv, io: CommandIo): Promise<number> {
  using remote = openRemote(env);
  const pattern = param(env, 'tag');
  const found = pattern === undefined ? await newCommits(remote, env) : await newTags(remote, pattern, env);
  io.stdout(`${JSON.stringify(found)}\n`);
  return 0;
}

async function newCommits(remote: GitRemote, env: CommandEnv): Promise<FoundVersion[]> {
  const newest = await newestCommit(remote);
  const known = env.version_ref === undefined || env.version_ref === '' ? undefined : checkCommit(env.version_ref);
  const cacheDir = env.CACHE_DIR || undefined;
  if (cacheDir !== undefined) {
    const mirror = await openMirror(remote, cacheDir);
    // Someone who polls every few seconds should cost the server one small question.
    if (known !== newest || !(await hasCommit(remote, mirror, newest)))
      await fetchBranch(remote, mirror, remote.branch);
    return listCommits(remote, mirror, known);
  }
  const dir = await mkdtemp(join(tmpdir(), 'pikoci-git-'));
  try {
    await remote.need(['init', '--quiet', '--bare', '--', dir], 'Making a repository');
    const depth = known === undefined || known === newest ? 1 : DEPTH_WITHOUT_CACHE;
    await fetchBranch(remote, dir, remote.branch, [`--depth=${depth}`]);
    return await listCommits(remote, dir, known);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function newestCommit(remote: GitRemote): Promise<string> {
  const ref = remoteRef(remote.branch);
  const listed = await remote.need(['ls-remote', '--', remote.url, ref], `Looking at ${remote.url}`);
  const line = listed.split('\n').find((entry) => entry.split('\t')[1] === ref);
  const commit = line?.split('\t')[0];
  if (commit !== undefined && commit !== '') return commit;
  if (remote.branch === undefined) {
    throw new CodedError('repository_empty', `${remote.url} has no commits yet, or no default branch.`, {
      hint: 'Push a first commit, or name the branch: params { branch = "…" }.',
    });
  }
  throw new CodedError('branch_not_found', `${remote.url} has no branch "${remote.branch}".`);
}

async function listCommits(remote: GitRemote, gitDir: string, known: string | undefined): Promise<FoundVersion[]> {
  const tip = tipRef(remote.branch);
  const continues =
    known !== undefined &&
    (await hasCommit(remote, gitDir, known)) &&
    (await remote.git(['--git-dir', gitDir, 'merge-base', '--is-ancestor', known, tip])).exitCode === 0;
  const newer = continues
    ? await commitLog(remote, gitDir, [`-${MOST_COMMITS}`, '--first-parent', `${known}..${tip}`])
    : [];
  const first = await commitLog(remote, gitDir, ['-1', continues ? known : tip]);
  return [...first, ...newer.reverse()];
}

/** Tags that match the pattern (`v*`), in the order of their version numbers. */
async function newTags(remote: GitRemote, pattern: string, env: CommandEnv): Promise<FoundVersion[]> {
  if (/[\s\0]/.test(pattern)) throw new CodedError('bad_tag_pattern', '"tag" is a pattern such as "v*".');
  const args = [
    'ls-remote',
    '--tags',
    '--sort=version:refname',
    '--',
    remote.url,
    `refs/tags/${pattern}`,
    `refs/tags/${pattern}^{}`,
  ];
  const listed = await remote.need(args, `Looking at ${remote.url}`);
  const commits = new Map<string, string>();
  for (const line of listed.split('\n')) {
    const [id, name = ''] = line.split('\t');
    const tag = name.replace(/^refs\/tags\//, '').replace(/\^\{\}$/, '');
    // Of an annotated tag the second line, with ^{}, names the commit.
    if (id !== undefined && tag !== '') commits.set(tag, id);
  }
  const found = [...commits].map(([tag, ref]) => ({ version: { ref, tag }, metadata: { tag } }));
  const known = found.findIndex(({ version }) => version.tag === env.version_tag && version.ref === env.version_ref);
  return known < 0 ? found.slice(-1) : found.slice(known).slice(-MOST_COMMITS);
}
