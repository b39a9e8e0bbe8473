/** What the webhooks of Gitea and Forgejo tell. */
import { z } from 'zod';
import { eventJson, isNothing } from '../event-json.ts';
import type { ForgeCommit, ForgeEvent, ForgeRepository, ForgeUser } from '../forge-event.ts';
import { branchOf, tagOf } from '../refs.ts';

const account = z.object({
  login: z.string(),
  full_name: z.string().nullish(),
  avatar_url: z.string().nullish(),
});

export const giteaRepository = z.object({
  id: z.int(),
  full_name: z.string(),
  private: z.boolean(),
  default_branch: z.string(),
  clone_url: z.string(),
  html_url: z.string(),
});

const common = { repository: giteaRepository, sender: account.nullish() };

const commit = z.object({
  id: z.string(),
  message: z.string(),
  author: z.object({ name: z.string().nullish(), username: z.string().nullish() }).nullish(),
});

const push = z.object({
  ...common,
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  head_commit: commit.nullish(),
  commits: z.array(commit).nullish(),
});

const removed = z.object({ ...common, ref: z.string(), ref_type: z.string() });

const end = z.object({ ref: z.string(), sha: z.string(), repo: giteaRepository.nullish() });

const pullRequest = z.object({
  ...common,
  action: z.string(),
  number: z.int(),
  changes: z.object({ base: z.unknown().optional(), ref: z.unknown().optional() }).nullish(),
  pull_request: z.object({
    title: z.string(),
    user: account.nullish(),
    merged: z.boolean().nullish(),
    merge_commit_sha: z.string().nullish(),
    head: end,
    base: end,
  }),
});

const repositoryEvent = z.object({ ...common, action: z.string() });

/** Throws `forge.bad_event`. */
export function readGiteaEvent(event: string, body: Uint8Array): ForgeEvent {
  switch (event) {
    case 'push':
      return pushEvent(eventJson(event, body, push));
    case 'delete':
      return removedEvent(eventJson(event, body, removed));
    case 'pull_request':
    case 'pull_request_sync':
      return pullRequestEvent(eventJson(event, body, pullRequest));
    case 'repository': {
      const sent = eventJson(event, body, repositoryEvent);
      return { kind: 'repository', action: sent.action === 'deleted' ? 'deleted' : 'changed', ...told(sent) };
    }
    case 'create':
      return { kind: 'ignored', name: event, why: 'the push that comes with it tells the same' };
    default:
      return { kind: 'ignored', name: event, why: 'nothing is built of it' };
  }
}

function told({ repository, sender }: z.infer<z.ZodObject<typeof common>>) {
  return { repository: repositoryOf(repository), sender: sender == null ? undefined : userOf(sender) };
}

export function repositoryOf(repository: z.infer<typeof giteaRepository>): ForgeRepository {
  return {
    id: String(repository.id),
    fullName: repository.full_name,
    private: repository.private,
    defaultBranch: repository.default_branch,
    cloneUrl: repository.clone_url,
    webUrl: repository.html_url,
  };
}

function userOf({ login, full_name: name, avatar_url: avatar }: z.infer<typeof account>): ForgeUser {
  return { login, name: name || undefined, avatarUrl: avatar ?? undefined };
}

function commitOf(hash: string, of: z.infer<typeof commit> | null | undefined): ForgeCommit {
  const { name, username } = of?.author ?? {};
  const login = username || name;
  return {
    hash,
    message: of?.message,
    author: login ? { login, name: name ?? undefined, avatarUrl: undefined } : undefined,
  };
}

function pushEvent(sent: z.infer<typeof push>): ForgeEvent {
  const { ref, before, after, head_commit: head, commits } = sent;
  const commit = isNothing(after) ? undefined : commitOf(after, head ?? commits?.find(({ id }) => id === after));
  const tag = tagOf(ref);
  // Of an annotated tag `after` is the tag itself, and the commit is told beside it.
  if (tag !== undefined)
    return { kind: 'tag', ...told(sent), tag, commit: commit && { ...commit, hash: head?.id ?? after } };
  const branch = branchOf(ref);
  if (branch === undefined) return { kind: 'ignored', name: 'push', why: `${ref} is no branch and no tag` };
  // Gitea does not say whether it was forced.
  return { kind: 'push', ...told(sent), branch, commit, before: isNothing(before) ? undefined : before, forced: false };
}

/** The end of a branch comes without a push. */
function removedEvent(sent: z.infer<typeof removed>): ForgeEvent {
  const { ref, ref_type: type } = sent;
  if (type === 'tag') return { kind: 'tag', ...told(sent), tag: tagOf(ref) ?? ref, commit: undefined };
  if (type !== 'branch') return { kind: 'ignored', name: 'delete', why: `a ${type} is nothing that is built` };
  const branch = branchOf(ref) ?? ref;
  return { kind: 'push', ...told(sent), branch, commit: undefined, before: undefined, forced: false };
}

type PullRequestAction = Extract<ForgeEvent, { kind: 'pull_request' }>['action'];

const ACTIONS: Readonly<Record<string, PullRequestAction>> = {
  opened: 'opened',
  synchronized: 'updated',
  synchronize: 'updated',
  reopened: 'reopened',
};

function pullRequestEvent(sent: z.infer<typeof pullRequest>): ForgeEvent {
  const { action, number, pull_request: of, repository, changes } = sent;
  const isOther = of.head.repo?.id !== repository.id;
  const isMoved = action === 'edited' && (changes?.base !== undefined || changes?.ref !== undefined);
  const closed = of.merged === true ? 'merged' : 'closed';
  return {
    kind: 'pull_request',
    ...told(sent),
    action: action === 'closed' ? closed : isMoved ? 'updated' : (ACTIONS[action] ?? 'other'),
    number,
    title: of.title,
    author: of.user == null ? undefined : userOf(of.user),
    head: { branch: of.head.ref, commit: of.head.sha },
    base: { branch: of.base.ref, commit: of.base.sha },
    fork: isOther ? (of.head.repo == null ? { fullName: undefined } : repositoryOf(of.head.repo)) : undefined,
    mergeCommit: of.merge_commit_sha ?? undefined,
  };
}
