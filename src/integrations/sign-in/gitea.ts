import { z } from 'zod';
import type { RepositoryAccess } from '../../protocol/sign-in.ts';
import { apiUrlOf, baseUrlOf } from './addresses.ts';
import { authorizeAddress, checkClient, type OAuthClient, tradeCode, tradeRefreshToken } from './code-exchange.ts';
import { allPages, createForgeApi } from './forge-api.ts';
import { noCode } from './github.ts';
import type { ProviderParts, SignInProvider } from './provider.ts';

/** Gitea and Forgejo of before 1.23 do not know these, and give everything. */
const SCOPES: Readonly<Record<RepositoryAccess, readonly string[]>> = {
  none: ['read:user', 'read:organization'],
  public: ['read:user', 'read:organization'],
  all: ['read:user', 'read:organization', 'write:repository'],
};

const user = z.object({ id: z.int(), login: z.string().min(1), full_name: z.string().nullish() });
const email = z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() });
const organization = z.object({ username: z.string() });
const team = z.object({ name: z.string(), organization });

export function createGitea({ settings, secrets, fetch }: ProviderParts): SignInProvider {
  const base = baseUrlOf(settings) ?? '';
  const label = settings.label ?? 'Gitea';
  const client: OAuthClient = {
    label,
    authorizeUrl: `${base}/login/oauth/authorize`,
    tokenUrl: `${base}/login/oauth/access_token`,
    clientId: settings.clientId,
    clientSecret: secrets.clientSecret,
    fetch,
  };
  const named = [...(settings.allow?.groups ?? []), ...(settings.rules ?? []).flatMap((rule) => rule.group ?? [])];
  return {
    start: async (attempt) => authorizeAddress(client, attempt, SCOPES[attempt.access]),
    async finish(answer, attempt) {
      const code = answer.get('code');
      if (code === null) throw noCode(label);
      const grant = await tradeCode(client, code, attempt);
      const accept = 'application/json';
      const api = createForgeApi({ label, apiUrl: apiUrlOf(settings), accept, token: grant.accessToken, fetch });
      const { id, login, full_name: name } = await api('/user', user);
      const emails = (await api('/user/emails', z.array(email))).filter(({ verified }) => verified);
      const organizations = named.length === 0 ? [] : await allPages(api, '/user/orgs', organization, 'limit');
      const teams = named.some((group) => group.includes('/')) ? await allPages(api, '/user/teams', team, 'limit') : [];
      return {
        subject: String(id),
        login,
        displayName: name || undefined,
        emails: emails.sort((a, b) => Number(b.primary) - Number(a.primary)).map((one) => one.email),
        groups: [
          ...organizations.map((one) => one.username),
          ...teams.map((one) => `${one.organization.username}/${one.name}`),
        ],
        grant: attempt.access === 'all' ? grant : undefined,
      };
    },
    refresh: (refreshToken) => tradeRefreshToken(client, refreshToken),
    check: (redirectUri) => checkClient(client, redirectUri),
  };
}
