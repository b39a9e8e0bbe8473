/** Which pipeline an event of a forge is of, and what is built for it. Nothing here asks anybody. */
import { createHash } from 'node:crypto';
import type { ForgeEvent } from '../../integrations/forge-event.ts';
import { assertNever } from '../../lib/assert-never.ts';
import type { InstanceVars } from '../../pipeline/instance-name.ts';
import { slugOf } from '../../pipeline/slug.ts';
import type { BuildEvent } from '../../protocol/build-event.ts';
import type { VersionFields } from '../../protocol/version.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';

/** The pipeline of a branch, a tag, a pull request: the repository's own, or an instance of it. */
export interface PipelinePlace {
  readonly name: string;
  /** Absent: the default branch. */
  readonly vars: InstanceVars | undefined;
  /** For sentences: `branch feature/login`. */
  readonly what: string;
}

/** Something to build: one commit, in one way. */
export interface Candidate {
  readonly place: PipelinePlace;
  readonly event: BuildEvent;
  /** Of the repository, as the resource git has them. */
  readonly version: VersionFields;
}

export type EventPlaces =
  | { readonly kind: 'build'; readonly candidates: readonly Candidate[] }
  /** What it was of is gone. */
  | { readonly kind: 'gone'; readonly place: PipelinePlace; readonly why: string }
  | { readonly kind: 'nothing'; readonly why: string };

export type BuiltEvent = Exclude<ForgeEvent, { kind: 'ping' | 'ignored' }>;
type Of<Kind extends BuiltEvent['kind']> = Extract<BuiltEvent, { kind: Kind }>;

export function eventPlaces(repository: RepositoryRecord, event: BuiltEvent): EventPlaces {
  switch (event.kind) {
    case 'push':
      return ofPush(repository, event);
    case 'tag':
      return ofTag(repository, event);
    case 'pull_request':
      return ofPullRequest(repository, event);
    case 'merge_group':
      return ofMergeGroup(repository, event);
    case 'repository':
      return nothing(`the repository was ${event.action}: there is nothing to build`);
    default:
      return assertNever(event);
  }
}

const nothing = (why: string): EventPlaces => ({ kind: 'nothing', why });

function ofPush(repository: RepositoryRecord, { branch, commit, sender }: Of<'push'>): EventPlaces {
  const isDefault = branch === repository.defaultBranch;
  const place = isDefault
    ? { name: repository.pipeline, vars: undefined, what: `branch ${branch}` }
    : instancePlace(repository, { branch }, branch, `branch ${branch}`);
  if (commit === undefined) {
    if (isDefault) return nothing(`the default branch ${branch} was deleted`);
    return { kind: 'gone', place, why: `branch ${branch} was deleted` };
  }
  const event: BuildEvent = {
    ...{ kind: 'push', repository: repository.id, name: repository.fullName },
    ...{ ref: `refs/heads/${branch}`, branch, commit: commit.hash },
    ...told({ message: commit.message, author: commit.author?.login ?? sender?.login }),
    url: `${repository.webUrl}/commit/${commit.hash}`,
  };
  return { kind: 'build', candidates: [{ place, event, version: { ref: commit.hash, branch } }] };
}

function ofTag(repository: RepositoryRecord, { tag, commit, sender }: Of<'tag'>): EventPlaces {
  const place = instancePlace(repository, { tag }, tag, `tag ${tag}`);
  if (commit === undefined) return { kind: 'gone', place, why: `tag ${tag} was deleted` };
  const event: BuildEvent = {
    ...{ kind: 'tag', repository: repository.id, name: repository.fullName },
    ...{ ref: `refs/tags/${tag}`, tag, commit: commit.hash },
    ...told({ message: commit.message, author: commit.author?.login ?? sender?.login }),
    url: `${repository.webUrl}/commit/${commit.hash}`,
  };
  return { kind: 'build', candidates: [{ place, event, version: { ref: commit.hash, tag } }] };
}

function ofPullRequest(repository: RepositoryRecord, told_: Of<'pull_request'>): EventPlaces {
  const { action, number, title, author, head, base, fork } = told_;
  const what = `pull request ${number}`;
  const place = instancePlace(repository, { pull_request: number }, `pr-${number}`, what);
  if (action === 'closed' || action === 'merged') return { kind: 'gone', place, why: `${what} was ${action}` };
  if (action === 'other') return nothing(`${what} has no new commit`);
  const { pullRequests } = repository.options;
  if (pullRequests === 'none') return nothing('pull requests of this repository are not built: its settings say so');
  const event: BuildEvent = {
    ...{ kind: 'pull_request', repository: repository.id, name: repository.fullName },
    ...{ ref: `refs/pull/${number}/head`, branch: head.branch, commit: head.commit, number, title, base: base.branch },
    ...told({ author: author?.login, baseCommit: base.commit }),
    ...(fork !== undefined && { fork: true }),
    url: `${repository.webUrl}/pull/${number}`,
  };
  const version = { ref: head.commit, pr: String(number) };
  const alone: Candidate = { place, event, version };
  // The commit of the base is put in by whoever knows it.
  const merged: Candidate = { place, event: { ...event, merged: true }, version };
  return {
    kind: 'build',
    candidates: pullRequests === 'both' ? [alone, merged] : pullRequests === 'head' ? [alone] : [merged],
  };
}

function ofMergeGroup(repository: RepositoryRecord, { action, branch, commit, base }: Of<'merge_group'>): EventPlaces {
  const what = `merge group ${branch}`;
  const place = instancePlace(repository, { merge_group: branch }, branch, what);
  if (action === 'destroyed') return { kind: 'gone', place, why: `${what} is over` };
  const event: BuildEvent = {
    ...{ kind: 'merge_group', repository: repository.id, name: repository.fullName },
    ...{ ref: `refs/heads/${branch}`, branch, commit: commit.hash, base: base.branch },
    ...told({ message: commit.message, author: commit.author?.login, baseCommit: base.commit }),
    url: `${repository.webUrl}/commit/${commit.hash}`,
  };
  return { kind: 'build', candidates: [{ place, event, version: { ref: commit.hash, branch } }] };
}

/** Without what nobody said. */
function told<T extends Record<string, string | undefined>>(facts: T): { [K in keyof T]?: string } {
  const said = Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(said) as { [K in keyof T]?: string };
}

/** Names of pipelines have up to 100 characters. */
const LONGEST = 90;

function instancePlace(
  { pipeline }: RepositoryRecord,
  vars: InstanceVars,
  called: string,
  what: string,
): PipelinePlace {
  const slug = slugOf(called);
  const whole = `${pipeline}--${slug}`;
  // A name without a letter or digit, or a long one, is told from others by its digest.
  const name = slug === '' || whole.length > LONGEST ? distinctName(whole, called) : whole;
  return { name, vars, what };
}

/** Another name, for where two branches would have one: `feature/login` and `feature-login`. */
export function distinctName(name: string, called: string): string {
  const digest = createHash('sha256').update(called).digest('hex').slice(0, 8);
  return `${name.slice(0, LONGEST).replace(/-+$/, '')}-${digest}`;
}

/** What tells the place from others, as text. */
export const calledIn = (vars: InstanceVars): string => Object.values(vars).map(String).join(' ');

/** Whoever wrote the commit does not want it to be built. */
export const skipsBuilds = (message: string | undefined): boolean =>
  /\[(skip[ -]ci|ci[ -]skip|no[ -]ci)\]/i.test(message ?? '');
