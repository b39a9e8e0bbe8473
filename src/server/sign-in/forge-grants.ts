/** What users let the server do for them at a forge: kept sealed, and refreshed when it is due. */
import { z } from 'zod';
import type { ForgeGrants } from '../../integrations/forge.ts';
import { apiUrlOf, baseUrlOf } from '../../integrations/sign-in/addresses.ts';
import type { Grant } from '../../integrations/sign-in/provider.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { UserId } from '../../lib/ids.ts';
import type { ForgeGrantRecord } from '../../store/sign-in-store.ts';
import type { Store } from '../../store/store.ts';
import type { Timers } from '../loops/loop.ts';
import type { AtRest } from '../secrets/at-rest.ts';
import { createInstallations } from './installations.ts';
import type { Providers } from './providers.ts';

/** Those of this server. */
export interface KeptGrants extends ForgeGrants {
  /** Also `undefined` for a user who is disabled. Throws `sign_in.unreachable` and the like where it had to be refreshed and could not be. */
  forUser(userId: UserId, provider: string): ReturnType<ForgeGrants['forUser']>;
  /** Of a GitHub App that is installed where the repository (`owner/name`) is; `undefined`: there is none. */
  forRepository(provider: string, fullName: string, use: 'api' | 'clone'): Promise<{ token: string } | undefined>;
  keep(userId: UserId, provider: string, grant: Grant): Promise<void>;
  drop(userId: UserId, provider: string): Promise<void>;
}

export interface ForgeGrantsParts {
  readonly store: Store;
  readonly atRest: AtRest;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly providers: Providers;
  /** Of this server. */
  readonly instance: string;
}

/** What is good for less than this is refreshed before it is used. */
const DUE_MS = 5 * 60_000;
/** Well over what asking a provider takes. */
const LEASE_MS = 60_000;
const LOOK_AGAIN_MS = 500;

const kept = z.object({ accessToken: z.string(), refreshToken: z.string().optional() });

export function createForgeGrants(parts: ForgeGrantsParts): KeptGrants {
  const { store, atRest, clock, timers, providers } = parts;
  const refreshing = new Map<string, Promise<ForgeGrantRecord | undefined>>();
  const installations = createInstallations(providers, clock);

  const recordOf = (userId: UserId, provider: string, grant: Grant): ForgeGrantRecord => ({
    ...{ userId, provider, scopes: grant.scopes },
    sealed: atRest.encrypt(
      { accessToken: grant.accessToken, ...(grant.refreshToken !== undefined && { refreshToken: grant.refreshToken }) },
      contextOf(userId, provider),
    ),
    expiresAt: grant.expiresInMs === undefined ? undefined : clock.now() + grant.expiresInMs,
    grantedAt: clock.now(),
  });

  const open = ({ sealed, userId, provider }: ForgeGrantRecord) =>
    kept.parse(atRest.decrypt(sealed, contextOf(userId, provider)));

  const isDue = ({ expiresAt }: ForgeGrantRecord): boolean =>
    expiresAt !== undefined && expiresAt - DUE_MS <= clock.now();

  /** A refresh token is often good once: one server at a time uses it, and the others look what came of it. */
  async function refresh(old: ForgeGrantRecord): Promise<ForgeGrantRecord | undefined> {
    const { userId, provider } = old;
    const lease = `grant ${userId} ${provider}`;
    for (const until = clock.now() + LEASE_MS; ; ) {
      if (await store.takeLease(lease, parts.instance, LEASE_MS)) break;
      await new Promise<void>((resolve) => timers.after(LOOK_AGAIN_MS, resolve));
      const now = await store.findGrant(userId, provider);
      if (now === undefined || !isDue(now)) return now;
      if (clock.now() > until)
        throw new CodedError('sign_in.unreachable', `the token at ${provider} is being refreshed`);
    }
    try {
      const now = await store.findGrant(userId, provider);
      if (now === undefined || !isDue(now)) return now;
      const { refreshToken } = open(now);
      const opened = refreshToken === undefined ? undefined : await providers.open(provider);
      const grant =
        opened === undefined || refreshToken === undefined ? undefined : await opened.provider.refresh(refreshToken);
      if (grant === undefined) {
        // It may still be good for a moment; but what is due and cannot be refreshed is over.
        await store.dropGrant(userId, provider);
        return undefined;
      }
      const scopes = grant.scopes.length > 0 ? grant.scopes : now.scopes;
      const next = recordOf(userId, provider, {
        ...grant,
        scopes,
        refreshToken: grant.refreshToken ?? refreshToken,
      });
      // Signing in again in the meantime has given another one.
      return (await store.replaceGrant(now.sealed, next)) ? next : await store.findGrant(userId, provider);
    } finally {
      await store.releaseLease(lease, parts.instance);
    }
  }

  return {
    providers: () =>
      providers.known().flatMap(({ name, settings }) => {
        const { kind } = settings;
        return kind === 'oidc' ? [] : [{ name, kind, baseUrl: baseUrlOf(settings) ?? '', apiUrl: apiUrlOf(settings) }];
      }),

    async forUser(userId, provider) {
      const [known, found] = await Promise.all([store.getUser(userId), store.findGrant(userId, provider)]);
      if (found === undefined || known === undefined || known.user.disabledAt !== undefined) return undefined;
      let grant: ForgeGrantRecord | undefined = found;
      if (isDue(found)) {
        const key = contextOf(userId, provider);
        const under = refreshing.get(key) ?? refresh(found).finally(() => refreshing.delete(key));
        refreshing.set(key, under);
        grant = await under;
      }
      return grant && { token: open(grant).accessToken, scopes: grant.scopes };
    },

    forRepository: (provider, fullName, use) => installations.tokenOf(provider, fullName, use),
    keep: (userId, provider, grant) => store.saveGrant(recordOf(userId, provider, grant)),
    drop: (userId, provider) => store.dropGrant(userId, provider),
  };
}

const contextOf = (userId: UserId, provider: string): string => `grant ${userId}/${provider}`;
