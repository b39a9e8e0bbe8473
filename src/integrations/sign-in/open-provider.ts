import { assertNever } from '../../lib/assert-never.ts';
import { createGitea } from './gitea.ts';
import { createGithub } from './github.ts';
import { createGitlab } from './gitlab.ts';
import { createOidc } from './oidc.ts';
import type { ProviderParts, SignInProvider } from './provider.ts';

export function openProvider(parts: ProviderParts): SignInProvider {
  const { kind } = parts.settings;
  switch (kind) {
    case 'github':
      return createGithub(parts);
    case 'gitlab':
      return createGitlab(parts);
    case 'gitea':
      return createGitea(parts);
    case 'oidc':
      return createOidc(parts);
    default:
      return assertNever(kind);
  }
}
