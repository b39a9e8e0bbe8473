/**
 * Pushes the commits of a directory of the build, and prints the version that was pushed as its last line.
 *
 * Attributes of the `put`: `directory` (default: where the resource's `get` puts it), `branch` (default: the resource's, then the remote's
 * own), `rebase` (onto what others have pushed meanwhile), `tag` (a tag to put on the commit and push).
 */
import { resolve } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv, CommandIo } from '../builtin-command.ts';
import { commitLog } from '../git/commit-log.ts';
import { checkRefName, type GitRemote, gitFailed, openRemote } from '../git/git-remote.ts';
import { fetchBranch, tipRef } from '../git/mirror.ts';

const TRIES = 5;

export async function gitPush(env: CommandEnv, io: CommandIo): Promise<number> {
  using remote = openRemote(env);
  const dir = resolve(env.WORKDIR || '.', env.put_directory || env.GET_DIR || env.param_name || '.');
  const inside = await remote.git(['rev-parse', '--git-dir'], { cwd: dir });
  if (inside.exitCode !== 0) {
    throw new CodedError('no_repository', `${dir} is not a git repository, so there is nothing to push.`, {
      hint: 'Say which directory: directory = "…" in the put.',
    });
  }
  const branch = env.put_branch || remote.branch || (await defaultBranch(remote));
  checkRefName(branch, 'branch');
  const tag = env.put_tag || undefined;
  if (tag !== undefined) checkRefName(tag, 'tag');
  await pushBranch(remote, dir, branch, ['true', '1'].includes(env.put_rebase ?? ''), io);
  const ref = await remote.need(['rev-parse', 'HEAD'], 'Reading the commit', { cwd: dir });
  if (tag !== undefined) {
    await remote.need(['tag', '--', tag, ref], `Tagging ${tag}`, { cwd: dir });
    const spec = `refs/tags/${tag}:refs/tags/${tag}`;
    await remote.need(['push', '--quiet', '--', remote.url, spec], `Pushing the tag ${tag}`, { cwd: dir });
  }
  io.stderr(`pushed ${ref} to ${branch}${tag === undefined ? '' : ` and the tag ${tag}`}\n`);
  const gitDir = resolve(dir, await remote.need(['rev-parse', '--git-dir'], 'Finding the repository', { cwd: dir }));
  const [pushed] = await commitLog(remote, gitDir, ['-1', ref]);
  io.stdout(`${JSON.stringify(pushed ?? { ref })}\n`);
  return 0;
}

async function pushBranch(
  remote: GitRemote,
  dir: string,
  branch: string,
  rebase: boolean,
  io: CommandIo,
): Promise<void> {
  const gitDir = resolve(dir, await remote.need(['rev-parse', '--git-dir'], 'Finding the repository', { cwd: dir }));
  for (let tried = 1; ; tried += 1) {
    const pushed = await remote.git(['push', '--quiet', '--', remote.url, `HEAD:refs/heads/${branch}`], { cwd: dir });
    if (pushed.exitCode === 0) return;
    const behind = /\[rejected\]|fetch first|non-fast-forward|cannot lock ref/i.test(pushed.stderr);
    if (!behind || tried === TRIES) throw gitFailed(`Pushing to ${branch}`, pushed);
    if (!rebase) {
      throw new CodedError('push_rejected', `Others have pushed to "${branch}" meanwhile, so this push was refused.`, {
        hint: 'Say rebase = true in the put to put these commits on top of theirs.',
      });
    }
    io.stderr(`"${branch}" has moved on: rebasing\n`);
    await fetchBranch(remote, gitDir, branch);
    const rebased = await remote.git([...(await identity(remote, dir)), 'rebase', '--quiet', tipRef(branch)], {
      cwd: dir,
    });
    if (rebased.exitCode === 0) continue;
    await remote.git(['rebase', '--abort'], { cwd: dir });
    throw gitFailed('Rebasing', rebased);
  }
}

/** Rebased commits keep their authors, but git wants to know who commits; where nobody is named, we are. */
async function identity(remote: GitRemote, dir: string): Promise<string[]> {
  const known = (await remote.git(['config', 'user.email'], { cwd: dir })).exitCode === 0;
  return known ? [] : ['-c', 'user.name=pikoci', '-c', 'user.email=pikoci@localhost'];
}

async function defaultBranch(remote: GitRemote): Promise<string> {
  const listed = await remote.need(['ls-remote', '--symref', '--', remote.url, 'HEAD'], `Looking at ${remote.url}`);
  const branch = /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(listed)?.[1];
  if (branch !== undefined) return branch;
  throw new CodedError('branch_not_found', `${remote.url} does not say which branch is its default.`, {
    hint: 'Say which: branch = "…" in the put or in the resource.',
  });
}
