import type { ProviderSecrets, ProviderSettings } from '../../protocol/sign-in.ts';

/** What is not right about settings that are well-formed each for itself, as `field: why`. */
export function settingsProblem(settings: ProviderSettings, secrets: ProviderSecrets): string | undefined {
  const { kind, url, apiUrl, app, rules = [] } = settings;
  if (url === undefined && (kind === 'gitea' || kind === 'oidc')) {
    return `url: ${kind === 'oidc' ? 'the issuer of an OIDC provider' : 'the address of a Gitea'} has to be given`;
  }
  if (kind !== 'github' && apiUrl !== undefined) return 'apiUrl: only a GitHub has one apart';
  if (kind !== 'github' && app !== undefined) return 'app: only a GitHub has apps';
  if (kind !== 'oidc') {
    if (settings.scopes !== undefined) return 'scopes: they follow from access, but for an OIDC provider';
    if (settings.groupsClaim !== undefined || settings.loginClaim !== undefined) {
      return 'groupsClaim, loginClaim: only an OIDC provider has claims';
    }
    if (secrets.clientSecret === undefined) return 'clientSecret: it has to be given, in a file';
  } else if (settings.access !== undefined && settings.access !== 'none') {
    return 'access: an OIDC provider has no repositories';
  }
  if (app === undefined && secrets.appPrivateKey !== undefined) return 'app: the private key is that of which app?';
  if (app !== undefined && secrets.appPrivateKey === undefined) return 'appPrivateKey: it has to be given, in a file';
  // Everybody who can make themselves an account would be let in with rights.
  const open = rules.findIndex((rule) => rule.group === undefined && rule.domain === undefined);
  if (open >= 0 && settings.allow === undefined) {
    return `rules.${open}: it holds for everybody who has an account there; give it a group or a domain, or say who is allowed`;
  }
  return undefined;
}
