import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { RepositoryAccess } from '../../protocol/sign-in.ts';
import { apiUrlOf, baseUrlOf } from './addresses.ts';
import { authorizeAddress, checkClient, type OAuthClient, tradeCode, tradeRefreshToken } from './code-exchange.ts';
import { allPages, createForgeApi } from './forge-api.ts';
import type { ProviderParts, SignInProvider } from './provider.ts';

/** Hooks and statuses can be managed without a scope that reads private code. */
const SCOPES: Readonly<Record<RepositoryAccess, readonly string[]>> = {
  none: [],
  public: ['admin:repo_hook', 'repo:status'],
  all: ['repo'],
};

const user = z.object({ id: z.int(), login: z.string().min(1), name: z.string().nullish() });
const email = z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() });
const organization = z.object({ login: z.string() });
const team = z.object({ slug: z.string(), organization });

export function createGithub({ settings, secrets, fetch }: ProviderParts): SignInProvider {
  const base = baseUrlOf(settings) ?? '';
  const label = settings.label ?? 'GitHub';
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
    async start(attempt) {
      // An app says itself what it may do.
      const scopes =
        settings.app === undefined
          ? ['read:user', 'user:email', ...(named.length > 0 ? ['read:org'] : []), ...SCOPES[attempt.access]]
          : [];
      return authorizeAddress(client, attempt, scopes);
    },
    async finish(answer, attempt) {
      const code = answer.get('code');
      if (code === null) throw noCode(label);
      const grant = await tradeCode(client, code, attempt);
      const accept = 'application/vnd.github+json';
      const api = createForgeApi({ label, apiUrl: apiUrlOf(settings), accept, token: grant.accessToken, fetch });
      const { id, login, name } = await api('/user', user);
      const emails = (await api('/user/emails', z.array(email))).filter(({ verified }) => verified);
      const organizations = named.length === 0 ? [] : await allPages(api, '/user/orgs', organization);
      const teams = named.some((group) => group.includes('/')) ? await allPages(api, '/user/teams', team) : [];
      return {
        subject: String(id),
        login,
        displayName: name || undefined,
        emails: emails.sort((a, b) => Number(b.primary) - Number(a.primary)).map((one) => one.email),
        groups: [
          ...organizations.map((one) => one.login),
          ...teams.map((one) => `${one.organization.login}/${one.slug}`),
        ],
        grant: attempt.access === 'none' ? undefined : grant,
      };
    },
    refresh: (refreshToken) => tradeRefreshToken(client, refreshToken),
    check: (redirectUri) => checkClient(client, redirectUri),
  };
}

export function noCode(label: string): CodedError {
  return new CodedError('sign_in.bad_answer', `${label} sent you back without a code`, { hint: 'begin again' });
}
