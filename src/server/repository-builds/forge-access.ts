/** The way from a repository that was activated to the forge it is on: by the GitHub App that is installed there, else on behalf of whoever activated it. */
import type { ForgeAddress } from '../../integrations/forge.ts';
import { type ForgeCommits, openForgeCommits } from '../../integrations/forge-commits.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { RepositoryId } from '../../lib/ids.ts';
import type { RepositoryRecord, RepositoryStore } from '../../store/repository-store.ts';
import type { ForgeParts } from '../repositories/repositories.ts';

export interface ForgeAccess {
  /** Throws `forge.unknown` and `forge.signed_out` when nobody can ask it. */
  forgeOf(repository: RepositoryRecord): Promise<ForgeCommits>;
  /** By our own id; undefined: it is not there any more. */
  repositoryOf(id: string): Promise<RepositoryRecord | undefined>;
  /**
   * What clones a private repository. For a `stranger` it is the token of an app, which reads this repository and nothing else, or none: that of whoever activated it may do
   * all that they may. Throws as `forgeOf`.
   */
  tokenFor(id: string, stranger: boolean): Promise<string | undefined>;
}

export function createForgeAccess(
  store: Pick<RepositoryStore, 'getRepository'>,
  { grants, openCommits = openForgeCommits }: Pick<ForgeParts, 'grants' | 'openCommits'>,
): ForgeAccess {
  async function tokenOf(
    { activatedBy, provider, fullName }: RepositoryRecord,
    { name }: ForgeAddress,
    use: 'api' | 'clone',
  ): Promise<{ readonly token: string; readonly isApp: boolean }> {
    const installed = await grants.forRepository?.(provider, fullName, use);
    if (installed !== undefined) return { token: installed.token, isApp: true };
    const granted = activatedBy && (await grants.forUser(activatedBy, provider));
    if (granted !== undefined) return { token: granted.token, isApp: false };
    throw new CodedError('forge.signed_out', `nobody who is signed in at ${name} stands for ${fullName}`, {
      hint: `whoever activated it signs in with ${name} again, or somebody activates it anew`,
    });
  }

  function addressOf({ provider, fullName }: RepositoryRecord): ForgeAddress {
    const address = grants.providers().find(({ name }) => name === provider);
    if (address !== undefined) return address;
    throw new CodedError('forge.unknown', `${fullName} is at "${provider}", and this server has no such forge`, {
      hint: 'an administrator can configure it again',
    });
  }

  const repositoryOf = (id: string) => store.getRepository(id as RepositoryId);

  return {
    async forgeOf(repository) {
      const address = addressOf(repository);
      return openCommits({ address, ...(await tokenOf(repository, address, 'api')) });
    },
    repositoryOf,
    async tokenFor(id, stranger) {
      const repository = await repositoryOf(id);
      if (repository?.active !== true) return undefined;
      const { token, isApp } = await tokenOf(repository, addressOf(repository), 'clone');
      return stranger && !isApp ? undefined : token;
    },
  };
}
