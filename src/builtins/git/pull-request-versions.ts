/**
 * Pull requests as versions, `{ ref, pr }`: the commit and the number. With a token, and a forge that is known, its API says which are open; else
 * `ls-remote` shows what the forge keeps under `refs/pull/` or `refs/merge-requests/`.
 *
 * One from a fork is left out unless `pr_forks` says otherwise: whoever can open one could else run commands on the worker.
 */
import { type CommandEnv, type CommandIo, flagParam, param } from '../builtin-command.ts';
import type { FoundVersion } from './commit-log.ts';
import { forgeOf, openPullRequests, type PullRequest } from './forge-api.ts';
import type { GitRemote } from './git-remote.ts';
import { listRefs } from './remote-refs.ts';

const MOST_PULL_REQUESTS = 100;
const REF = /^refs\/(?:pull|merge-requests)\/(\d+)\/head$/;

export const wantsPullRequests = (env: CommandEnv): boolean => flagParam(env, 'pr');

export async function pullRequestVersions(remote: GitRemote, env: CommandEnv, io: CommandIo): Promise<FoundVersion[]> {
  const forge = param(env, 'token') === undefined ? undefined : forgeOf(remote.url, env);
  const all = forge === undefined ? await listedPullRequests(remote) : await openPullRequests(forge, env, io);
  const base = param(env, 'pr_base');
  const onBase = all.filter((request) => base === undefined || request.base === undefined || request.base === base);
  const wanted = flagParam(env, 'pr_forks') ? onBase : onBase.filter(({ isFork }) => !isFork);
  if (wanted.length < onBase.length) {
    io.stderr(`${onBase.length - wanted.length} of forks are left out; pr_forks = true would take them too\n`);
  }
  return wanted.slice(-MOST_PULL_REQUESTS).map(({ ref, number, title, author, url, branch, base: onto, isFork }) => ({
    version: { ref, pr: number },
    metadata: {
      ...(title !== undefined && { title }),
      ...(author !== undefined && { author }),
      ...(branch !== undefined && { branch }),
      ...(onto !== undefined && { base: onto }),
      ...(isFork && { fork: 'true' }),
      ...(url !== undefined && { url }),
    },
  }));
}

/** By number. One whose commit is the newest of a branch of the repository itself comes from no fork. */
async function listedPullRequests(remote: GitRemote): Promise<PullRequest[]> {
  const refs = await listRefs(remote, ['refs/pull/*/head', 'refs/merge-requests/*/head', 'refs/heads/*']);
  const own = new Set([...refs].filter(([name]) => name.startsWith('refs/heads/')).map(([, ref]) => ref));
  return [...refs]
    .flatMap(([name, ref]) => {
      const number = REF.exec(name)?.[1];
      return number === undefined ? [] : [{ ref, number, isFork: !own.has(ref) }];
    })
    .sort((a, b) => Number(a.number) - Number(b.number));
}

/** Where a forge keeps the commit of a pull request. */
export const pullRequestRefs = (number: string): string[] => [
  `refs/pull/${number}/head`,
  `refs/merge-requests/${number}/head`,
];
