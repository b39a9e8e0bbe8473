/** What GitLab's webhooks tell. */
import { z } from 'zod';
import { eventJson, isNothing } from '../event-json.ts';
import type { ForgeCommit, ForgeEvent, ForgeRepository, ForgeUser } from '../forge-event.ts';
import { branchOf, tagOf } from '../refs.ts';

/** 0 private, 10 for whoever is signed in, 20 for all. */
const FOR_ALL = 20;

const project = z.object({
  id: z.int(),
  path_with_namespace: z.string(),
  visibility_level: z.int(),
  /** Null in one that is empty. */
  default_branch: z.string().nullish(),
  git_http_url: z.string(),
  web_url: z.string(),
});

const commit = z.object({
  id: z.string(),
  message: z.string().nullish(),
  author: z.object({ name: z.string() }).nullish(),
});

const push = z.object({
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  /** Of an annotated tag the commit, where `after` is the tag. */
  checkout_sha: z.string().nullish(),
  user_username: z.string().nullish(),
  user_name: z.string().nullish(),
  user_avatar: z.string().nullish(),
  commits: z.array(commit).nullish(),
  project,
});

const mergeRequest = z.object({
  user: z.object({ username: z.string(), name: z.string().nullish(), avatar_url: z.string().nullish() }),
  project,
  changes: z.object({ target_branch: z.unknown().optional() }).nullish(),
  object_attributes: z.object({
    iid: z.int(),
    title: z.string(),
    action: z.string().nullish(),
    /** There when commits were added. */
    oldrev: z.string().nullish(),
    source_branch: z.string(),
    target_branch: z.string(),
    source_project_id: z.int(),
    target_project_id: z.int(),
    merge_commit_sha: z.string().nullish(),
    last_commit: commit,
    /** Of a fork that is gone it is null; it has no id. */
    source: project.omit({ id: true }).nullish(),
  }),
});

/** Throws `forge.bad_event`. */
export function readGitlabEvent(event: string, body: Uint8Array): ForgeEvent {
  switch (event) {
    case 'Push Hook':
    case 'Tag Push Hook':
      return pushEvent(eventJson(event, body, push));
    case 'Merge Request Hook':
      return mergeRequestEvent(eventJson(event, body, mergeRequest));
    default:
      return { kind: 'ignored', name: event, why: 'nothing is built of it' };
  }
}

function repositoryOf(told: z.infer<typeof project>): ForgeRepository {
  return { id: String(told.id), ...placeOf(told) };
}

function placeOf(told: Omit<z.infer<typeof project>, 'id'>): Omit<ForgeRepository, 'id'> {
  return {
    fullName: told.path_with_namespace,
    private: told.visibility_level !== FOR_ALL,
    defaultBranch: told.default_branch ?? 'main',
    cloneUrl: told.git_http_url,
    webUrl: told.web_url,
  };
}

function commitOf(hash: string, told: z.infer<typeof commit> | undefined): ForgeCommit {
  const name = told?.author?.name;
  return {
    hash,
    message: told?.message ?? undefined,
    author: name === undefined ? undefined : { login: name, name, avatarUrl: undefined },
  };
}

function senderOf({ user_username, user_name, user_avatar }: z.infer<typeof push>): ForgeUser | undefined {
  const login = user_username ?? user_name;
  return login == null ? undefined : { login, name: user_name ?? undefined, avatarUrl: user_avatar ?? undefined };
}

function pushEvent(sent: z.infer<typeof push>): ForgeEvent {
  const { ref, before, after, checkout_sha: checkedOut, commits } = sent;
  const told = { repository: repositoryOf(sent.project), sender: senderOf(sent) };
  const hash = checkedOut ?? after;
  const commit = isNothing(after)
    ? undefined
    : commitOf(
        hash,
        commits?.find(({ id }) => id === hash),
      );
  const tag = tagOf(ref);
  if (tag !== undefined) return { kind: 'tag', ...told, tag, commit };
  const branch = branchOf(ref);
  if (branch === undefined) return { kind: 'ignored', name: 'push', why: `${ref} is no branch and no tag` };
  // GitLab does not say whether it was forced.
  return { kind: 'push', ...told, branch, commit, before: isNothing(before) ? undefined : before, forced: false };
}

type PullRequestAction = Extract<ForgeEvent, { kind: 'pull_request' }>['action'];

const ACTIONS: Readonly<Record<string, PullRequestAction>> = {
  open: 'opened',
  reopen: 'reopened',
  close: 'closed',
  merge: 'merged',
};

function mergeRequestEvent({
  user,
  project: of,
  changes,
  object_attributes: request,
}: z.infer<typeof mergeRequest>): ForgeEvent {
  const sender = { login: user.username, name: user.name ?? undefined, avatarUrl: user.avatar_url ?? undefined };
  const { action, source, last_commit: last } = request;
  const isUpdated = action === 'update' && (request.oldrev != null || changes?.target_branch !== undefined);
  const isOther = request.source_project_id !== request.target_project_id;
  const from = source == null ? { fullName: undefined } : { id: String(request.source_project_id), ...placeOf(source) };
  return {
    kind: 'pull_request',
    repository: repositoryOf(of),
    sender,
    action: isUpdated ? 'updated' : (ACTIONS[action ?? ''] ?? 'other'),
    number: request.iid,
    title: request.title,
    // It says who did something; only of a new one that is its author.
    author: action === 'open' ? sender : undefined,
    head: { branch: request.source_branch, commit: last.id },
    base: { branch: request.target_branch, commit: undefined },
    fork: isOther ? from : undefined,
    mergeCommit: request.merge_commit_sha ?? undefined,
  };
}
