import type { Forge, ForgeAddress, ForgeGrants } from '../../integrations/forge.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { UserId } from '../../lib/ids.ts';
import { nearest } from '../../lib/nearest.ts';
import type { ForgesInUse } from './forges-in-use.ts';

/** A forge, and by whose account it is asked. */
export interface ForgeAccount {
  readonly forge: Forge;
  readonly address: ForgeAddress;
  readonly token: string;
}

export interface ForgeAccounts {
  /** Throws `forge.unknown`, `forge.signed_out`, `auth.not_a_user`. */
  open(userId: UserId | undefined, provider: string): Promise<ForgeAccount>;
}

export function createForgeAccounts(forges: ForgesInUse, grants: Pick<ForgeGrants, 'forUser'>): ForgeAccounts {
  return {
    async open(userId, provider) {
      const forge = forges.named(provider);
      const address = forges.list().find(({ name }) => name === provider);
      if (forge === undefined || address === undefined) throw noForge(provider, forges);
      if (userId === undefined) {
        throw new CodedError(
          'auth.not_a_user',
          `${provider} is asked by the account of a user, and this is the command line of the server itself`,
          { hint: `sign in with ${provider} in a browser, and use a token of yours: pikoci login` },
        );
      }
      const grant = await grants.forUser(userId, provider);
      if (grant !== undefined) return { forge, address, token: grant.token };
      throw new CodedError('forge.signed_out', `${provider} does not know this user: they have not signed in there`, {
        hint: `sign in with ${provider}, or link an account of ${provider} on the profile page`,
      });
    },
  };
}

function noForge(provider: string, forges: ForgesInUse): CodedError {
  const names = forges.list().map(({ name }) => name);
  const near = nearest(provider, names);
  const hint =
    near !== undefined
      ? `did you mean ${near}?`
      : names.length === 0
        ? 'an administrator can set one up: docs/repositories.md says how'
        : `there are ${names.join(', ')}`;
  return new CodedError('forge.unknown', `this server has no forge "${provider}"`, { hint });
}
