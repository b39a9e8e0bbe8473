import { z } from 'zod';
import type { RepositoryAccess } from '../../protocol/sign-in.ts';
import { apiUrlOf, baseUrlOf } from './addresses.ts';
import { authorizeAddress, checkClient, type OAuthClient, tradeCode, tradeRefreshToken } from './code-exchange.ts';
import { createForgeApi } from './forge-api.ts';
import { noCode } from './github.ts';
import type { ProviderParts, SignInProvider } from './provider.ts';

/** Hooks and statuses need the whole API; there is no scope for public projects alone. `openid` tells the groups. */
const SCOPES: Readonly<Record<RepositoryAccess, readonly string[]>> = {
  none: ['read_user', 'openid'],
  public: ['read_user', 'openid'],
  all: ['read_user', 'openid', 'api'],
};

const user = z.object({
  id: z.int(),
  username: z.string().min(1),
  name: z.string().nullish(),
  email: z.string().nullish(),
  confirmed_at: z.string().nullish(),
});
const userInfo = z.object({ groups: z.array(z.string()).optional() });

export function createGitlab({ settings, secrets, fetch }: ProviderParts): SignInProvider {
  const base = baseUrlOf(settings) ?? '';
  const label = settings.label ?? 'GitLab';
  const client: OAuthClient = {
    label,
    authorizeUrl: `${base}/oauth/authorize`,
    tokenUrl: `${base}/oauth/token`,
    clientId: settings.clientId,
    clientSecret: secrets.clientSecret,
    fetch,
  };
  return {
    start: async (attempt) => authorizeAddress(client, attempt, SCOPES[attempt.access]),
    async finish(answer, attempt) {
      const code = answer.get('code');
      if (code === null) throw noCode(label);
      const grant = await tradeCode(client, code, attempt);
      const common = { label, accept: 'application/json', token: grant.accessToken, fetch };
      const who = await createForgeApi({ ...common, apiUrl: apiUrlOf(settings) })('/user', user);
      const { groups = [] } = await createForgeApi({ ...common, apiUrl: base })('/oauth/userinfo', userInfo);
      return {
        subject: String(who.id),
        login: who.username,
        displayName: who.name || undefined,
        emails: who.email && who.confirmed_at ? [who.email] : [],
        groups,
        grant: attempt.access === 'all' ? grant : undefined,
      };
    },
    refresh: (refreshToken) => tradeRefreshToken(client, refreshToken),
    check: (redirectUri) => checkClient(client, redirectUri),
  };
}
