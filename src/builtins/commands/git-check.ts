/** Prints versions of a repository, oldest first: commits of a branch, newest commits of branches, tags, or pull requests. */
import { CodedError } from '../../lib/coded-error.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { branchHeads, commitVersions } from '../git/branch-versions.ts';
import type { FoundVersion } from '../git/commit-log.ts';
import { openRemote } from '../git/git-remote.ts';
import { pullRequestVersions, wantsPullRequests } from '../git/pull-request-versions.ts';
import { tagVersions } from '../git/tag-versions.ts';

export async function gitCheck(env: CommandEnv, io: CommandIo): Promise<number> {
  using remote = openRemote(env);
  const [tag, branches, pr] = [param(env, 'tag'), param(env, 'branches'), wantsPullRequests(env)];
  const ways = [tag !== undefined && '"tag"', branches !== undefined && '"branches"', pr && '"pr"'].filter(Boolean);
  if (ways.length > 1) {
    throw new CodedError(
      'bad_parameter',
      `The git resource has ${ways.join(' and ')}, and watches one of them at a time.`,
      {
        hint: 'Make a resource for each.',
      },
    );
  }
  let found: FoundVersion[] | { readonly ordered: true; readonly versions: FoundVersion[] };
  if (tag !== undefined) found = { ordered: true, versions: await tagVersions(remote, tag) };
  else if (branches !== undefined) found = await branchHeads(remote, env, branches);
  else if (pr) found = await pullRequestVersions(remote, env, io);
  else found = await commitVersions(remote, env);
  io.stdout(`${JSON.stringify(found)}\n`);
  return 0;
}
