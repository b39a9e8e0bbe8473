/**
 * Pushes the commits of a directory of the build, and prints the version that was pushed as its last line.
 *
 * Attributes of the `put`: `directory` (default: where the resource's `get` puts it), `branch` (default: the resource's, that of the version got,
 * then the remote's own), `rebase` (onto what others have pushed meanwhile), `force` (over what others have pushed; unless somebody did since the
 * last fetch), `tag` (one to put on the commit and push), `annotate` (its message), `tags` (pushes those of the directory, too), `only_tag` (no branch).
 */
import { resolve } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { branchOf } from '../git/branch-versions.ts';
import { commitLog } from '../git/commit-log.ts';
import { checkRefName, type GitRemote, gitFailed, openRemote } from '../git/git-remote.ts';
import { fetchBranch, tipRef } from '../git/mirror.ts';
import { listRefs } from '../git/remote-refs.ts';

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
  const isSet = (name: string): boolean => ['true', '1'].includes(env[`put_${name}`] ?? '');
  const tag = env.put_tag || undefined;
  if (tag !== undefined) checkRefName(tag, 'tag');
  const wanted = env.put_branch || branchOf(env);
  const branch = isSet('only_tag') ? undefined : wanted || (await defaultBranch(remote));
  if (branch !== undefined) {
    checkRefName(branch, 'branch');
    await pushBranch(remote, dir, branch, { rebase: isSet('rebase'), force: isSet('force') }, io);
  } else if (tag === undefined) {
    throw new CodedError('parameter_missing', 'A put with "only_tag" needs "tag": which one.');
  }
  const ref = await remote.need(['rev-parse', 'HEAD'], 'Reading the commit', { cwd: dir });
  if (tag !== undefined) await pushTag(remote, dir, { tag, ref, message: env.put_annotate || undefined });
  if (isSet('tags')) {
    await remote.need(['push', '--quiet', '--tags', '--', remote.url], 'Pushing the tags', { cwd: dir });
  }
  const where = [branch, tag === undefined ? undefined : `the tag ${tag}`].filter(Boolean).join(' and ');
  io.stderr(`pushed ${ref} to ${where}\n`);
  const gitDir = resolve(dir, await remote.need(['rev-parse', '--git-dir'], 'Finding the repository', { cwd: dir }));
  const [pushed] = await commitLog(remote, gitDir, ['-1', ref]);
  const found = pushed ?? { version: { ref }, metadata: {} };
  const more = versionFields(env, branch, tag);
  io.stdout(`${JSON.stringify({ ...found, version: { ...found.version, ...more } })}\n`);
  return 0;
}

async function pushBranch(
  remote: GitRemote,
  dir: string,
  branch: string,
  { rebase, force }: { readonly rebase: boolean; readonly force: boolean },
  io: CommandIo,
): Promise<void> {
  const gitDir = resolve(dir, await remote.need(['rev-parse', '--git-dir'], 'Finding the repository', { cwd: dir }));
  for (let tried = 1; ; tried += 1) {
    const over = force ? [await leaseOn(remote, branch)] : [];
    const args = ['push', '--quiet', ...over, '--', remote.url, `HEAD:refs/heads/${branch}`];
    const pushed = await remote.git(args, { cwd: dir });
    if (pushed.exitCode === 0) return;
    const behind = /\[rejected\]|fetch first|non-fast-forward|stale info|cannot lock ref/i.test(pushed.stderr);
    if (!behind || tried === TRIES || (force && !rebase && tried > 1)) throw gitFailed(`Pushing to ${branch}`, pushed);
    if (force) continue;
    if (!rebase) {
      throw new CodedError('push_rejected', `Others have pushed to "${branch}" meanwhile, so this push was refused.`, {
        hint: 'Say rebase = true in the put to put these commits on top of theirs, or force = true to replace theirs.',
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

/** Only what is there now is replaced: not what somebody pushes between this look and the push. */
async function leaseOn(remote: GitRemote, branch: string): Promise<string> {
  const name = `refs/heads/${branch}`;
  const there = (await listRefs(remote, [name])).get(name) ?? '';
  return `--force-with-lease=${name}:${there}`;
}

interface NewTag {
  readonly tag: string;
  readonly ref: string;
  readonly message: string | undefined;
}

/** A tag that is there already, on the same commit, is as good as pushed: a step may be tried again. */
async function pushTag(remote: GitRemote, dir: string, { tag, ref, message }: NewTag): Promise<void> {
  const name = `refs/tags/${tag}`;
  const there = (await listRefs(remote, [name, `${name}^{}`])).get(name);
  if (there === ref) return;
  if (there !== undefined) {
    throw new CodedError('tag_exists', `${remote.url} has the tag "${tag}" already, on another commit (${there}).`, {
      hint: 'Tags are not moved: choose another name, or delete the tag.',
    });
  }
  const annotated = message === undefined ? [] : ['--annotate', `--message=${message}`];
  const command = [...(await identity(remote, dir)), 'tag', '--force', ...annotated, '--', tag, ref];
  await remote.need(command, `Tagging ${tag}`, { cwd: dir });
  await remote.need(['push', '--quiet', '--', remote.url, `${name}:${name}`], `Pushing the tag ${tag}`, { cwd: dir });
}

/** A version as `check` of this resource would tell it. */
function versionFields(env: CommandEnv, branch: string | undefined, tag: string | undefined): Record<string, string> {
  if (param(env, 'branches') !== undefined && branch !== undefined) return { branch };
  return param(env, 'tag') !== undefined && tag !== undefined ? { tag } : {};
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
