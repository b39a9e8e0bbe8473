/** One provider of sign-in of each kind, by flags; more than one of a kind, and rules, are for the file of `--providers`. */
import { type ProviderOfFile, readSecretFile } from '../cli/provider-file.ts';
import { CodedError } from '../lib/coded-error.ts';
import { PROVIDER_KINDS, type ProviderKind, providerSettings } from '../protocol/sign-in.ts';
import type { Flags, FlagValues } from './flags.ts';
import { environmentName, flagName } from './flags.ts';

const clientId = (label: string) =>
  ({
    kind: 'text',
    placeholder: 'id',
    doc: `client id of ${label}, where users sign in then; see docs/sign-in.md`,
  }) as const;
const secretFile = { kind: 'text', placeholder: 'file', doc: 'a file with its client secret' } as const;
const secret = { kind: 'text', sensitive: true, argv: false, doc: 'its client secret' } as const;
const allow = {
  kind: 'list',
  placeholder: 'group|@domain',
  doc: 'who may sign in with it: an organisation, ORG/TEAM, a group, or @DOMAIN of a verified address; without it everybody who has an account there',
} as const;

export const providerFlags = {
  githubClientId: clientId('GitHub'),
  githubClientSecretFile: secretFile,
  githubClientSecret: secret,
  githubUrl: { kind: 'text', placeholder: 'url', doc: 'of a GitHub Enterprise; default https://github.com' },
  githubAllow: allow,
  gitlabClientId: clientId('GitLab'),
  gitlabClientSecretFile: secretFile,
  gitlabClientSecret: secret,
  gitlabUrl: { kind: 'text', placeholder: 'url', doc: 'of a GitLab; default https://gitlab.com' },
  gitlabAllow: allow,
  giteaClientId: clientId('a Gitea or Forgejo'),
  giteaClientSecretFile: secretFile,
  giteaClientSecret: secret,
  giteaUrl: { kind: 'text', placeholder: 'url', doc: 'its address' },
  giteaAllow: allow,
  oidcClientId: clientId('an OpenID Connect provider'),
  oidcClientSecretFile: secretFile,
  oidcClientSecret: secret,
  oidcUrl: { kind: 'text', placeholder: 'issuer', doc: 'its issuer' },
  oidcAllow: allow,
} as const satisfies Flags;

/** Called as their kinds. Throws `usage.bad_value`, `usage.unreadable_file`. */
export async function providersOfFlags(
  flags: FlagValues<typeof providerFlags>,
  cwd: string,
): Promise<ProviderOfFile[]> {
  const all: ProviderOfFile[] = [];
  for (const kind of PROVIDER_KINDS) {
    const provider = await providerOf(kind, flags, cwd);
    if (provider !== undefined) all.push(provider);
  }
  return all;
}

async function providerOf(
  kind: ProviderKind,
  flags: FlagValues<typeof providerFlags>,
  cwd: string,
): Promise<ProviderOfFile | undefined> {
  const id = flags[`${kind}ClientId`];
  const file = flags[`${kind}ClientSecretFile`];
  const given = flags[`${kind}ClientSecret`];
  const url = flags[`${kind}Url`];
  const allowed = flags[`${kind}Allow`];
  if (id === undefined) {
    if (file === undefined && given === undefined && url === undefined && allowed.length === 0) return undefined;
    throw new CodedError('usage.bad_value', `--${kind}-client-id is missing, and something else of ${kind} is given`);
  }
  const clientSecret = file === undefined ? given : await readSecretFile(file, cwd);
  if (clientSecret === undefined && kind !== 'oidc') {
    throw new CodedError('usage.bad_value', `the client secret of ${kind} is missing`, {
      hint: `give --${flagName(`${kind}ClientSecretFile`)} FILE, or ${environmentName(`${kind}ClientSecret`)} in the environment`,
    });
  }
  const domains = allowed.filter((one) => one.startsWith('@')).map((one) => one.slice(1));
  const groups = allowed.filter((one) => !one.startsWith('@'));
  const settings = providerSettings.safeParse({
    ...{ kind, clientId: id, url },
    ...(allowed.length > 0 && { allow: { groups, domains } }),
  });
  if (!settings.success) {
    const issue = settings.error.issues[0];
    throw new CodedError(
      'usage.bad_value',
      `--${kind}-${issue?.path[0] === 'url' ? 'url' : 'allow'}: ${issue?.message}`,
    );
  }
  return { name: kind, settings: settings.data, secrets: clientSecret === undefined ? {} : { clientSecret } };
}
