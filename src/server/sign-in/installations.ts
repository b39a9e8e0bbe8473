import {
  createGithubApp,
  type GithubApp,
  type InstallationToken,
  type TokenUse,
} from '../../integrations/github-app.ts';
import { apiUrlOf } from '../../integrations/sign-in/addresses.ts';
import type { Clock } from '../../lib/clock.ts';
import type { OpenProvider, Providers } from './providers.ts';

export interface Installations {
  tokenOf(provider: string, fullName: string, use: TokenUse): Promise<{ token: string } | undefined>;
}

/** A token that is good for less than this is not handed out any more. */
const LEAST_MS = 10 * 60_000;
const MOST_KEPT = 1_000;

/** Tokens of GitHub Apps, kept in memory for as long as they are good. */
export function createInstallations(providers: Providers, clock: Clock): Installations {
  const tokens = new Map<string, InstallationToken>();
  return {
    async tokenOf(provider, fullName, use) {
      const opened = await providers.open(provider);
      const app = appOf(opened, clock);
      if (app === undefined) return undefined;
      const key = `${provider} ${opened.settings.app?.id} ${use} ${fullName.toLowerCase()}`;
      const kept = tokens.get(key);
      if (kept !== undefined && kept.expiresAt - LEAST_MS > clock.now()) return { token: kept.token };
      const given = await app.tokenForRepository(fullName, use);
      tokens.delete(key);
      if (given === undefined) return undefined;
      tokens.set(key, given);
      const [oldest] = tokens.keys();
      if (tokens.size > MOST_KEPT && oldest !== undefined) tokens.delete(oldest);
      return { token: given.token };
    },
  };
}

/** `undefined`: it has none. */
export function appOf(
  { label, settings, secrets, fetch }: Pick<OpenProvider, 'label' | 'settings' | 'secrets' | 'fetch'>,
  clock: Clock,
): GithubApp | undefined {
  const { app } = settings;
  if (app === undefined || secrets.appPrivateKey === undefined) return undefined;
  return createGithubApp({
    ...{ label, id: app.id, privateKey: secrets.appPrivateKey, fetch, now: clock.now },
    apiUrl: apiUrlOf(settings),
  });
}
