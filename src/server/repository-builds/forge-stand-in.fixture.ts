/** A forge that a test holds in its hand: files by commit, and what it was told. */
import type { CommitStatus, ForgeCommits } from '../../integrations/forge-commits.ts';
import { openForge } from '../../integrations/open-forge.ts';
import { newId, type RepositoryId } from '../../lib/ids.ts';
import type { RepositoryRecord } from '../../store/repository-store.ts';
import type { Store } from '../../store/store.ts';
import type { ForgeParts } from '../repositories/repositories.ts';
import type { BuiltEvent } from './event-places.ts';

export interface ForgeStandIn extends ForgeParts {
  /** Files of each commit, by path. */
  readonly commits: Map<string, Readonly<Record<string, string>>>;
  readonly messages: Map<string, string>;
  /** Commit, and what was said of it; oldest first. */
  readonly told: { readonly commit: string; readonly status: CommitStatus; readonly before: string | undefined }[];
  /** What it answers to statuses instead of taking them. */
  trouble: Error | undefined;
}

export function forgeStandIn(): ForgeStandIn {
  const forge: ForgeCommits = {
    readFile: async ({ commit }, path) => standIn.commits.get(commit)?.[path],
    listFiles: async ({ commit }, directory) =>
      Object.keys(standIn.commits.get(commit) ?? {}).filter((path) => path.startsWith(directory)),
    readCommit: async ({ commit }) => ({
      hash: commit === 'main' ? HEAD_OF_MAIN : commit,
      message: standIn.messages.get(commit) ?? `message of ${commit.slice(0, 4)}`,
      author: { login: 'octocat', name: 'Octo', avatarUrl: undefined },
    }),
    async setStatus({ commit }, status, before) {
      if (standIn.trouble !== undefined) throw standIn.trouble;
      standIn.told.push({ commit, status, before });
      return before ?? `run-${standIn.told.length}`;
    },
  };
  const address = {
    name: 'github',
    kind: 'github',
    baseUrl: 'https://forge.test',
    apiUrl: 'https://api.forge.test',
  } as const;
  const standIn: ForgeStandIn = {
    ...{ commits: new Map(), messages: new Map(), told: [], trouble: undefined },
    open: openForge,
    openCommits: () => forge,
    grants: {
      providers: () => [address],
      forUser: async () => undefined,
      forRepository: async () => ({ token: 'token-of-the-app' }),
    },
  };
  return standIn;
}

/** The repository `Octo/App`, activated. */
export async function activeRepository(
  store: Store,
  change: Partial<RepositoryRecord> = {},
): Promise<RepositoryRecord> {
  const { id: teamId } = await store.ensureTeam('main');
  return store.createRepository({
    ...{ id: newId<RepositoryId>(), provider: 'github', forgeId: '17', fullName: 'Octo/App', private: false },
    ...{ defaultBranch: 'main', cloneUrl: 'https://forge.test/Octo/App.git', webUrl: 'https://forge.test/Octo/App' },
    ...{ teamId, pipeline: 'app', activatedBy: undefined, activatedAt: 1, hookId: undefined, sealedSecret: '' },
    ...{ active: true, options: { pullRequests: 'merged' }, syncedAt: undefined, trouble: undefined },
    ...change,
  });
}

export const HEAD_OF_MAIN = 'f'.repeat(40);
/** A whole hash of one digit. */
export const hash = (digit: string): string => digit.repeat(40);

const sender = { login: 'octocat', name: 'Octo', avatarUrl: undefined };

export function push(
  repository: RepositoryRecord,
  branch: string,
  commit: string | undefined,
  message = 'Change it',
): BuiltEvent {
  return {
    ...{ kind: 'push', repository: told(repository), sender, branch, before: undefined, forced: false },
    commit: commit === undefined ? undefined : { hash: commit, message, author: sender },
  };
}

export function pullRequest(
  repository: RepositoryRecord,
  number: number,
  commit: string,
  change: Partial<Extract<BuiltEvent, { kind: 'pull_request' }>> = {},
): BuiltEvent {
  return {
    ...{ kind: 'pull_request', repository: told(repository), sender, action: 'opened', number, title: 'Better' },
    ...{ author: sender, head: { branch: 'better', commit }, base: { branch: 'main', commit: hash('b') } },
    ...{ fork: undefined, mergeCommit: undefined, ...change },
  };
}

const told = ({ forgeId, fullName, private: isPrivate, defaultBranch, cloneUrl, webUrl }: RepositoryRecord) => ({
  ...{ id: forgeId, fullName, private: isPrivate, defaultBranch, cloneUrl, webUrl },
});
