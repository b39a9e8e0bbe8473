import { assertNever } from '../../lib/assert-never.ts';
import type { ProviderKind, ProviderSettings, RepositoryAccess } from '../../protocol/sign-in.ts';

type Of = Pick<ProviderSettings, 'kind' | 'url' | 'apiUrl'>;

const PUBLIC_URLS: Readonly<Partial<Record<ProviderKind, string>>> = {
  github: 'https://github.com',
  gitlab: 'https://gitlab.com',
};

/** Of the forge, or the issuer; undefined where the settings have to say it and do not. */
export const baseUrlOf = ({ kind, url }: Of): string | undefined => url ?? PUBLIC_URLS[kind];

export function apiUrlOf(settings: Of): string {
  const base = baseUrlOf(settings) ?? '';
  switch (settings.kind) {
    case 'github':
      return settings.apiUrl ?? (base === PUBLIC_URLS.github ? 'https://api.github.com' : `${base}/api/v3`);
    case 'gitlab':
      return `${base}/api/v4`;
    case 'gitea':
      return `${base}/api/v1`;
    case 'oidc':
      return base;
    default:
      return assertNever(settings.kind);
  }
}

/** How much of the repositories of a provider of this kind can be asked for, least first. */
export function accessChoices({ kind, access = 'all' }: Pick<ProviderSettings, 'kind' | 'access'>): RepositoryAccess[] {
  const all: RepositoryAccess[] =
    kind === 'github' ? ['none', 'public', 'all'] : kind === 'oidc' ? ['none'] : ['none', 'all'];
  return all.slice(0, Math.max(1, access === 'all' ? all.length : all.indexOf(access) + 1));
}
