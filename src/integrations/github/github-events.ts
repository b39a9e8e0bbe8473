/** What GitHub's webhooks tell. Fields that nobody here reads are not looked at, so that GitHub may change them. */
import { z } from 'zod';
import { eventJson, isNothing } from '../event-json.ts';
import type { ForgeCommit, ForgeEvent, ForgeRepository, ForgeUser } from '../forge-event.ts';
import { branchOf, tagOf } from '../refs.ts';

const account = z.object({
  login: z.string(),
  name: z.string().nullish(),
  avatar_url: z.string().nullish(),
});

export const githubRepository = z.object({
  id: z.int(),
  full_name: z.string(),
  private: z.boolean(),
  default_branch: z.string(),
  clone_url: z.string(),
  html_url: z.string(),
});

const common = { repository: githubRepository, sender: account.nullish() };

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
  forced: z.boolean().nullish(),
  head_commit: commit.nullish(),
  commits: z.array(commit).nullish(),
});

const end = z.object({
  ref: z.string(),
  sha: z.string(),
  /** Null once a fork was deleted. */
  repo: githubRepository.nullish(),
});

const pullRequest = z.object({
  ...common,
  action: z.string(),
  number: z.int(),
  changes: z.object({ base: z.unknown().optional() }).nullish(),
  pull_request: z.object({
    title: z.string(),
    user: account.nullish(),
    merged: z.boolean().nullish(),
    merge_commit_sha: z.string().nullish(),
    head: end,
    base: end,
  }),
});

const mergeGroup = z.object({
  ...common,
  action: z.string(),
  merge_group: z.object({
    head_sha: z.string(),
    head_ref: z.string(),
    base_sha: z.string(),
    base_ref: z.string(),
    head_commit: commit.nullish(),
  }),
});

const repositoryEvent = z.object({ ...common, action: z.string() });
const maybeRepository = z.object({ repository: githubRepository.nullish(), sender: account.nullish() });

/** Throws `forge.bad_event`. */
export function readGithubEvent(event: string, body: Uint8Array): ForgeEvent {
  switch (event) {
    case 'push':
      return pushEvent(eventJson(event, body, push));
    case 'pull_request':
      return pullRequestEvent(eventJson(event, body, pullRequest));
    case 'merge_group':
      return mergeGroupEvent(eventJson(event, body, mergeGroup));
    case 'repository':
      return repositoryChange(eventJson(event, body, repositoryEvent));
    case 'public': {
      const { repository, sender } = eventJson(event, body, z.object(common));
      return { kind: 'repository', action: 'changed', ...told({ repository, sender }) };
    }
    case 'ping': {
      const { repository, sender } = eventJson(event, body, maybeRepository);
      if (repository == null) return { kind: 'ignored', name: event, why: 'it is of no repository' };
      return { kind: 'ping', ...told({ repository, sender }) };
    }
    case 'create':
    case 'delete':
      return { kind: 'ignored', name: event, why: 'the push that comes with it tells the same' };
    default:
      return { kind: 'ignored', name: event, why: 'nothing is built of it' };
  }
}

function told({ repository, sender }: z.infer<z.ZodObject<typeof common>>) {
  return { repository: repositoryOf(repository), sender: sender == null ? undefined : userOf(sender) };
}

export function repositoryOf(repository: z.infer<typeof githubRepository>): ForgeRepository {
  return {
    id: String(repository.id),
    fullName: repository.full_name,
    private: repository.private,
    defaultBranch: repository.default_branch,
    cloneUrl: repository.clone_url,
    webUrl: repository.html_url,
  };
}

function userOf({ login, name, avatar_url }: z.infer<typeof account>): ForgeUser {
  return { login, name: name ?? undefined, avatarUrl: avatar_url ?? undefined };
}

function commitOf(hash: string, told: z.infer<typeof commit> | null | undefined): ForgeCommit {
  const { name, username } = told?.author ?? {};
  return {
    hash,
    message: told?.message,
    author: name == null && username == null ? undefined : authorOf(username ?? name ?? '', name ?? undefined),
  };
}

const authorOf = (login: string, name: string | undefined): ForgeUser => ({ login, name, avatarUrl: undefined });

function pushEvent(sent: z.infer<typeof push>): ForgeEvent {
  const { ref, before, after } = sent;
  const head = sent.head_commit ?? sent.commits?.find(({ id }) => id === after);
  const tag = tagOf(ref);
  if (tag !== undefined) {
    // Of an annotated tag `after` is the tag itself.
    const commit = isNothing(after) ? undefined : commitOf(head?.id ?? after, head);
    return { kind: 'tag', ...told(sent), tag, commit };
  }
  const branch = branchOf(ref);
  if (branch === undefined) return { kind: 'ignored', name: 'push', why: `${ref} is no branch and no tag` };
  return {
    kind: 'push',
    ...told(sent),
    branch,
    commit: isNothing(after) ? undefined : commitOf(after, head),
    before: isNothing(before) ? undefined : before,
    forced: sent.forced === true,
  };
}

type PullRequestAction = Extract<ForgeEvent, { kind: 'pull_request' }>['action'];

const ACTIONS: Readonly<Record<string, PullRequestAction>> = {
  opened: 'opened',
  synchronize: 'updated',
  reopened: 'reopened',
};

function pullRequestEvent(sent: z.infer<typeof pullRequest>): ForgeEvent {
  const { action, number, pull_request: of, repository, changes } = sent;
  const other = of.head.repo?.id !== repository.id;
  const isMoved = action === 'edited' && changes?.base !== undefined;
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
    fork: other ? (of.head.repo == null ? { fullName: undefined } : repositoryOf(of.head.repo)) : undefined,
    mergeCommit: of.merge_commit_sha ?? undefined,
  };
}

function mergeGroupEvent(sent: z.infer<typeof mergeGroup>): ForgeEvent {
  const { action, merge_group: group } = sent;
  if (action !== 'checks_requested' && action !== 'destroyed') {
    return { kind: 'ignored', name: 'merge_group', why: `"${action}" is nothing to build` };
  }
  return {
    kind: 'merge_group',
    ...told(sent),
    action,
    branch: branchOf(group.head_ref) ?? group.head_ref,
    commit: commitOf(group.head_sha, group.head_commit),
    base: { branch: branchOf(group.base_ref) ?? group.base_ref, commit: group.base_sha },
  };
}

type RepositoryAction = Extract<ForgeEvent, { kind: 'repository' }>['action'];

const REPOSITORY_ACTIONS: Readonly<Record<string, RepositoryAction>> = {
  renamed: 'renamed',
  transferred: 'transferred',
  deleted: 'deleted',
  archived: 'archived',
};

function repositoryChange(sent: z.infer<typeof repositoryEvent>): ForgeEvent {
  return { kind: 'repository', ...told(sent), action: REPOSITORY_ACTIONS[sent.action] ?? 'changed' };
}
