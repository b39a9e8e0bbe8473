/** What a forge tells, in one form for all of them: made of a verified webhook, and what builds are made of. */

/** A repository as the forge knows it; its names change, its id does not. */
export interface ForgeRepository {
  /** Unique on its forge, for ever. */
  readonly id: string;
  /** `owner/name`, as the forge writes it now. */
  readonly fullName: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  /** Clone address over HTTPS, without credentials. */
  readonly cloneUrl: string;
  /** Its page. */
  readonly webUrl: string;
}

export interface ForgeUser {
  readonly login: string;
  readonly name: string | undefined;
  readonly avatarUrl: string | undefined;
}

export interface ForgeCommit {
  /** The whole hash, 40 or 64 hex digits. */
  readonly hash: string;
  /** Undefined where the forge's message does not hold it. */
  readonly message: string | undefined;
  readonly author: ForgeUser | undefined;
}

interface Told {
  readonly repository: ForgeRepository;
  /** Who did it, on the forge. */
  readonly sender: ForgeUser | undefined;
}

export type ForgeEvent =
  | (Told & {
      readonly kind: 'push';
      /** Without `refs/heads/`; may hold slashes. */
      readonly branch: string;
      /** The new head; undefined: the branch was deleted. */
      readonly commit: ForgeCommit | undefined;
      readonly before: string | undefined;
      readonly forced: boolean;
    })
  | (Told & {
      readonly kind: 'tag';
      readonly tag: string;
      /** Undefined: the tag was deleted. */
      readonly commit: ForgeCommit | undefined;
    })
  | (Told & {
      readonly kind: 'pull_request';
      readonly action: 'opened' | 'updated' | 'reopened' | 'closed' | 'merged' | 'other';
      readonly number: number;
      readonly title: string;
      readonly author: ForgeUser | undefined;
      readonly head: { readonly branch: string; readonly commit: string };
      readonly base: { readonly branch: string; readonly commit: string | undefined };
      /** The repository of the head, when it is another one. */
      readonly fork: ForgeRepository | { readonly fullName: string | undefined } | undefined;
      /** The commit that merging would make, or made, where the forge says it. */
      readonly mergeCommit: string | undefined;
    })
  | (Told & {
      readonly kind: 'merge_group';
      readonly action: 'checks_requested' | 'destroyed';
      /** The branch of the group, `gh-readonly-queue/main/pr-1-…`. */
      readonly branch: string;
      readonly commit: ForgeCommit;
      readonly base: { readonly branch: string; readonly commit: string | undefined };
    })
  | (Told & {
      readonly kind: 'repository';
      readonly action: 'renamed' | 'transferred' | 'deleted' | 'archived' | 'changed';
    })
  | (Told & { readonly kind: 'ping' })
  /** Accepted, and nothing follows. */
  | { readonly kind: 'ignored'; readonly name: string; readonly why: string };
