import type { ProviderSecrets, ProviderSettings } from '../../protocol/sign-in.ts';
import type { Providers } from './providers.ts';

/** A provider as whoever starts the server wants it. */
export interface GivenProvider {
  readonly name: string;
  readonly settings: ProviderSettings;
  readonly secrets: ProviderSecrets;
}

/** Sets each as it is given; those that are not given are left alone. Throws `api.bad_request`, `store.conflict`. */
export async function keepGivenProviders(providers: Providers, given: readonly GivenProvider[]): Promise<void> {
  for (const { name, settings, secrets } of given) {
    await providers.set(name, { settings, secrets, by: 'the start of the server' });
  }
  // Whoever asks next finds those that are there.
  await providers.refresh();
}
