/** What builds ask of a forge about one commit, and tell it. Each forge has an adapter. */
import { assertNever } from '../lib/assert-never.ts';
import type { ForgeAddress } from './forge.ts';
import type { ForgeCommit } from './forge-event.ts';
import { giteaFiles } from './gitea/files.ts';
import { giteaStatuses } from './gitea/statuses.ts';
import { githubFiles } from './github/files.ts';
import { githubStatuses } from './github/statuses.ts';
import { gitlabFiles } from './gitlab/files.ts';
import { gitlabStatuses } from './gitlab/statuses.ts';

export interface CommitPlace {
  /** The forge's id of the repository, and its name as it is now. */
  readonly forgeId: string;
  readonly fullName: string;
  readonly commit: string;
}

export interface CommitFiles {
  /** The text, or the bytes of what is no UTF-8; undefined: there is no such file at that commit. */
  readFile(place: CommitPlace, path: string): Promise<string | Uint8Array | undefined>;
  /** Paths of the files in a directory and below it. */
  listFiles(place: CommitPlace, directory: string): Promise<readonly string[]>;
  /** Undefined: the forge does not know the commit (any more). */
  readCommit(place: CommitPlace): Promise<ForgeCommit | undefined>;
}

export type CommitState = 'pending' | 'running' | 'succeeded' | 'failed' | 'errored' | 'cancelled';

/** A place in the repository that is to be looked at. */
export interface Annotation {
  readonly path: string;
  readonly line: number;
  readonly title: string;
  readonly message: string;
}

export interface CommitStatus {
  /** Tells it from what else is said of the commit: `pikoci/build`. */
  readonly context: string;
  readonly state: CommitState;
  /** One line. */
  readonly description: string;
  /** Where to look. */
  readonly url: string;
  /** All there is to say, in Markdown, where the forge shows it. */
  readonly text?: string | undefined;
  readonly annotations?: readonly Annotation[] | undefined;
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
}

export interface CommitStatuses {
  /** Says it once more with the same `context` or, with what it gave before, in its place. Gives what the forge calls it, where it has a name. */
  setStatus(place: CommitPlace, status: CommitStatus, before: string | undefined): Promise<string | undefined>;
}

export interface ForgeCommits extends CommitFiles, CommitStatuses {}

export interface ForgeCommitsOptions {
  readonly address: ForgeAddress;
  readonly token: string;
  /** The token is that of an app: GitHub lets those make check runs, and nobody else. */
  readonly isApp: boolean;
}

export type OpenForgeCommits = (options: ForgeCommitsOptions) => ForgeCommits;

export const openForgeCommits: OpenForgeCommits = (options) => {
  switch (options.address.kind) {
    case 'github':
      return { ...githubFiles(options), ...githubStatuses(options) };
    case 'gitlab':
      return { ...gitlabFiles(options), ...gitlabStatuses(options) };
    case 'gitea':
      return { ...giteaFiles(options), ...giteaStatuses(options) };
    default:
      return assertNever(options.address.kind);
  }
};
