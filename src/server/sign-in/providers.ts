/** The providers of sign-in that administrators set: kept in the database, their secrets sealed, so that every server has the same. */
import { z } from 'zod';
import { apiUrlOf, baseUrlOf } from '../../integrations/sign-in/addresses.ts';
import { openProvider } from '../../integrations/sign-in/open-provider.ts';
import type { SignInProvider } from '../../integrations/sign-in/provider.ts';
import { settingsProblem } from '../../integrations/sign-in/settings-problem.ts';
import type { Clock, Instant } from '../../lib/clock.ts';
import { CodedError } from '../../lib/coded-error.ts';
import { createGuardedFetch, type GuardedFetch } from '../../lib/system/guarded-fetch.ts';
import {
  type ProviderKind,
  type ProviderSecrets,
  type ProviderSettings,
  providerSecrets,
  providerSettings,
} from '../../protocol/sign-in.ts';
import type { ProviderRecord, SignInStore } from '../../store/sign-in-store.ts';
import { notFound } from '../http/problems.ts';
import type { AtRest } from '../secrets/at-rest.ts';

export interface KnownProvider {
  readonly name: string;
  readonly settings: ProviderSettings;
  /** As people call it. */
  readonly label: string;
  readonly setBy: string;
  readonly setAt: Instant;
}

export interface OpenProvider extends KnownProvider {
  readonly secrets: ProviderSecrets;
  readonly provider: SignInProvider;
  /** For requests to it. */
  readonly fetch: GuardedFetch;
}

export interface Providers {
  /** By name. */
  list(): Promise<readonly KnownProvider[]>;
  find(name: string): Promise<KnownProvider | undefined>;
  /** Throws `api.not_found`, `secrets.wrong_key`. */
  open(name: string): Promise<OpenProvider>;
  /** A secret that is not given stays. Throws `api.bad_request`, `store.conflict` where it would be another one. */
  set(name: string, given: { settings: ProviderSettings; secrets: ProviderSecrets; by: string }): Promise<void>;
  remove(name: string): Promise<boolean>;
  /** Those of the last look, which is not long ago. */
  known(): readonly KnownProvider[];
  refresh(): Promise<void>;
}

export interface ProvidersParts {
  readonly store: SignInStore;
  readonly atRest: AtRest;
  readonly clock: Clock;
  /** How long a provider may take to answer; absent: 15 s. */
  readonly timeoutMs?: number | undefined;
}

const LABELS: Readonly<Record<Exclude<ProviderKind, 'oidc'>, string>> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  gitea: 'Gitea',
};

export function createProviders({ store, atRest, clock, timeoutMs }: ProvidersParts): Providers {
  let known: readonly KnownProvider[] = [];
  /** What a provider says of itself is kept with it; another one when its settings are. */
  const opened = new Map<string, { readonly sealed: string; readonly text: string; readonly open: OpenProvider }>();

  async function list(): Promise<readonly KnownProvider[]> {
    known = (await store.listProviders()).map(knownOf);
    return known;
  }

  return {
    list,
    known: () => known,
    async refresh() {
      await list();
    },
    async find(name) {
      const record = await store.findProvider(name);
      return record && knownOf(record);
    },

    async open(name) {
      const record = await store.findProvider(name);
      if (record === undefined)
        throw notFound(`provider "${name}" to sign in with`, 'providers list shows those there are');
      const there = opened.get(name);
      if (there?.sealed === record.sealed && there.text === record.settingsJson) return there.open;
      const of = knownOf(record);
      const secrets = secretsOf(atRest, record);
      const { settings } = of;
      const fetch = createGuardedFetch({ named: () => originsOf(settings), timeoutMs });
      const open = { ...of, secrets, fetch, provider: openProvider({ settings, secrets, fetch, now: clock.now }) };
      opened.set(name, { sealed: record.sealed, text: record.settingsJson, open });
      return open;
    },

    async set(name, { settings, secrets: given, by }) {
      const there = await store.findProvider(name);
      const before = there === undefined ? {} : secretsOf(atRest, there, given);
      const secrets: ProviderSecrets = { ...before, ...given };
      if (settings.app === undefined && given.appPrivateKey === undefined) delete secrets.appPrivateKey;
      const problem = settingsProblem(settings, secrets);
      if (problem !== undefined) throw new CodedError('api.bad_request', `provider ${name}: ${problem}`);
      const settingsJson = JSON.stringify(settings);
      // The same again is no change: what is known of it goes on to hold.
      const isSame = there?.settingsJson === settingsJson && JSON.stringify(before) === JSON.stringify(secrets);
      if (there !== undefined && isSame) return;
      const sealed = atRest.encrypt(z.json().parse(JSON.parse(JSON.stringify(secrets))), contextOf(name));
      const issuer = `${settings.kind} ${baseUrlOf(settings)}`;
      await store.setProvider({ name, issuer, settingsJson, sealed, setBy: by, setAt: clock.now() });
      await list();
    },

    async remove(name) {
      opened.delete(name);
      const removed = await store.removeProvider(name);
      await list();
      return removed;
    },
  };
}

/** What it belongs to is authenticated with it. */
const contextOf = (name: string): string => `provider ${name}`;

function knownOf({ name, settingsJson, setBy, setAt }: ProviderRecord): KnownProvider {
  const settings = providerSettings.parse(JSON.parse(settingsJson));
  return { name, settings, label: labelOf(settings), setBy, setAt };
}

function labelOf({ kind, label, url }: ProviderSettings): string {
  if (label !== undefined) return label;
  return kind === 'oidc' ? new URL(url ?? 'https://oidc').host : LABELS[kind];
}

/** `given`: what is about to replace them, so that a key that was lost is no reason to refuse. */
function secretsOf(atRest: AtRest, { name, sealed }: ProviderRecord, given?: ProviderSecrets): ProviderSecrets {
  try {
    return providerSecrets.parse(atRest.decrypt(sealed, contextOf(name)));
  } catch (error) {
    if (given?.clientSecret !== undefined) return {};
    throw new CodedError('secrets.wrong_key', `the secrets of the provider ${name} cannot be decrypted with this key`, {
      hint: `start the server with the --secret-key they were stored under, or set them again: pikoci providers add ${name}`,
      cause: error,
    });
  }
}

function originsOf(settings: ProviderSettings): string[] {
  return [baseUrlOf(settings) ?? '', apiUrlOf(settings)].filter((url) => url !== '').map((url) => new URL(url).origin);
}
