import { accessChoices } from '../../integrations/sign-in/addresses.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { UserId } from '../../lib/ids.ts';
import { ownPath } from '../../lib/own-path.ts';
import { type ProviderView, providerName } from '../../protocol/sign-in.ts';
import type { Store } from '../../store/store.ts';
import type { Handlers } from '../http/call.ts';
import { notFound } from '../http/problems.ts';
import { byPerson, ownId } from '../users/own-routes.ts';
import { noUser } from '../users/routes.ts';
import { appOf } from './installations.ts';
import type { Links } from './links.ts';
import type { KnownProvider, Providers } from './providers.ts';
import { callbackUrl } from './sign-in.ts';

export interface SignInRoutesParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly providers: Providers;
  readonly links: Links;
  readonly externalUrl: () => string;
}

export function signInRoutes(
  parts: SignInRoutesParts,
): Handlers<
  | 'listSignInChoices'
  | 'listOwnIdentities'
  | 'linkIdentity'
  | 'unlinkOwnIdentity'
  | 'unlinkIdentity'
  | 'listProviders'
  | 'getProvider'
  | 'setProvider'
  | 'removeProvider'
  | 'checkProvider'
> {
  const { store, clock, providers, links } = parts;

  const find = async (name: string): Promise<KnownProvider> => {
    const found = await providers.find(name);
    if (found === undefined) throw noProvider(name);
    return found;
  };

  async function viewOf({ name, settings, setBy, setAt }: KnownProvider): Promise<ProviderView> {
    return {
      name,
      settings,
      hasClientSecret: settings.kind !== 'oidc' || (await hasSecret(name)),
      hasAppPrivateKey: settings.app !== undefined,
      callbackUrl: callbackUrl(parts.externalUrl(), name),
      setBy,
      setAt,
    };
  }

  /** One that cannot be opened is one, too. */
  const hasSecret = (name: string): Promise<boolean> =>
    providers.open(name).then(
      ({ secrets }) => secrets.clientSecret !== undefined,
      () => true,
    );

  /** Nobody locks themselves out. */
  async function requireOtherWay(userId: UserId): Promise<void> {
    const known = await store.getUser(userId);
    if (known?.user.hasPassword === true || (await store.listIdentities(userId)).length > 1) return;
    throw new CodedError('store.conflict', 'this is the only way you can sign in', {
      hint: 'set a password or link another account first',
    });
  }

  return {
    async listSignInChoices() {
      return (await providers.list()).map(({ name, label, settings }) => {
        const { kind } = settings;
        return { name, kind, label, access: accessChoices(settings) };
      });
    },

    async listOwnIdentities({ principal }) {
      const userId = ownId(principal);
      const known = await providers.list();
      const found = await store.listIdentities(userId);
      return Promise.all(
        found.map(async ({ provider, login, linkedAt }) => {
          const grant = await store.findGrant(userId, provider);
          const label = known.find(({ name }) => name === provider)?.label ?? provider;
          return { provider, label, login, linkedAt, ...(grant !== undefined && { scopes: [...grant.scopes] }) };
        }),
      );
    },
    async linkIdentity({ principal, params, body }) {
      const userId = byPerson(principal);
      const { name, settings } = await find(params.provider);
      const ticket = await links.make(userId, ownPath(body.next ?? '/profile'));
      const access = body.access ?? accessChoices(settings).at(-1) ?? 'none';
      principal.about({ target: `${name} account of ${principal.name}` });
      return { path: `/auth/start/${name}?${new URLSearchParams({ link: ticket, access })}` };
    },
    async unlinkOwnIdentity({ principal, params: { provider } }) {
      const userId = byPerson(principal);
      const has = (await store.listIdentities(userId)).some((one) => one.provider === provider);
      if (!has) throw notFound(`${provider} account of yours`);
      await requireOtherWay(userId);
      await store.unlinkIdentity(userId, provider);
      principal.about({ target: `${provider} account of ${principal.name}` });
      return undefined;
    },
    async unlinkIdentity({ principal, params: { user: name, provider } }) {
      const user = await store.findUser(name);
      if (user === undefined) throw noUser(name);
      if (!(await store.unlinkIdentity(user.id, provider))) throw notFound(`${provider} account of ${name}`);
      principal.about({ target: `${provider} account of ${name}` });
      return undefined;
    },

    async listProviders() {
      return Promise.all((await providers.list()).map(viewOf));
    },
    getProvider: async ({ params }) => viewOf(await find(params.provider)),
    async setProvider({ principal, params, body }) {
      const name = providerName.safeParse(params.provider);
      if (!name.success) {
        throw new CodedError('api.bad_request', `"${params.provider}" cannot be the name of a provider`, {
          hint: name.error.issues[0]?.message ?? '',
        });
      }
      const { clientSecret, appPrivateKey, ...settings } = body;
      const secrets = {
        ...(clientSecret !== undefined && { clientSecret }),
        ...(appPrivateKey !== undefined && { appPrivateKey }),
      };
      await providers.set(name.data, { settings, secrets, by: principal.name });
      principal.about({ target: `provider ${name.data}` });
      return viewOf(await find(name.data));
    },
    async removeProvider({ principal, params: { provider } }) {
      if (!(await providers.remove(provider))) throw noProvider(provider);
      principal.about({ target: `provider ${provider}` });
      return undefined;
    },
    async checkProvider({ principal, params }) {
      const open = await providers.open(params.provider);
      principal.about({ target: `provider ${open.name}` });
      try {
        const found = [await open.provider.check(callbackUrl(parts.externalUrl(), open.name))];
        const app = appOf(open, clock);
        if (app !== undefined) found.push(await app.check());
        return { ok: true, message: found.join('; ') };
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        return { ok: false, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
      }
    },
  };
}

const noProvider = (name: string) =>
  notFound(`provider "${name}" to sign in with`, 'providers list shows those there are');
