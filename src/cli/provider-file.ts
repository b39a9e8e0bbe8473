/** A file of providers of sign-in, in HCL, JSON or YAML. Secrets are in files of their own, or in the environment. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../lib/coded-error.ts';
import { fileError } from '../lib/system/file-error.ts';
import {
  type ProviderSecrets,
  type ProviderSettings,
  providerName,
  providerSettings,
  repositoryAccess,
  signInRule,
} from '../protocol/sign-in.ts';
import { readVariableFile } from './variables.ts';

export interface ProviderOfFile {
  readonly name: string;
  readonly settings: ProviderSettings;
  readonly secrets: ProviderSecrets;
}

type Environment = Readonly<Record<string, string | undefined>>;

const shape = providerSettings.shape;
const texts = z.array(z.string());

/** As it is written: each setting under the name that the API has for it, with `_`. */
const written = z.strictObject({
  kind: shape.kind,
  label: shape.label,
  url: shape.url,
  api_url: shape.apiUrl,
  client_id: shape.clientId,
  client_secret_file: z.string().min(1).optional(),
  client_secret_env: z.string().min(1).optional(),
  access: repositoryAccess.optional(),
  allow: z.strictObject({ groups: texts.optional(), domains: texts.optional() }).optional(),
  rules: z.array(signInRule).optional(),
  register: z.boolean().optional(),
  link_by_email: z.boolean().optional(),
  scopes: texts.optional(),
  groups_claim: z.string().optional(),
  login_claim: z.string().optional(),
  app: z
    .strictObject({
      id: z.union([z.string(), z.int()]).transform(String),
      slug: z.string().optional(),
      private_key_file: z.string().min(1),
    })
    .optional(),
});
type Written = z.infer<typeof written>;

const file = z.strictObject({ providers: z.record(providerName, written) });

/** Throws `usage.bad_config`, `usage.unreadable_file`. Files of secrets are looked for beside the file itself. */
export async function readProviderFile(path: string, cwd: string, env: Environment): Promise<ProviderOfFile[]> {
  const parsed = file.safeParse(await readVariableFile(path, cwd));
  if (!parsed.success) throw badConfig(path, parsed.error);
  const beside = dirname(resolve(cwd, path));
  const all: ProviderOfFile[] = [];
  for (const [name, one] of Object.entries(parsed.data.providers)) {
    const settings = providerSettings.safeParse(settingsOf(one));
    if (!settings.success) throw badConfig(`${path}: providers.${name}`, settings.error);
    all.push({
      name,
      settings: settings.data,
      secrets: await secretsOf(one, `${path}: providers.${name}`, beside, env),
    });
  }
  return all;
}

function settingsOf(one: Written) {
  const { api_url, client_id, link_by_email, groups_claim, login_claim, app, ...more } = one;
  const { client_secret_file: _file, client_secret_env: _env, ...same } = more;
  return {
    ...same,
    ...{ apiUrl: api_url, clientId: client_id, linkByEmail: link_by_email },
    ...{ groupsClaim: groups_claim, loginClaim: login_claim },
    ...(app !== undefined && { app: { id: app.id, slug: app.slug } }),
  };
}

async function secretsOf(one: Written, where: string, beside: string, env: Environment): Promise<ProviderSecrets> {
  const { client_secret_file: secretFile, client_secret_env: secretEnv, app } = one;
  const fromEnv = secretEnv === undefined ? undefined : env[secretEnv];
  if (secretEnv !== undefined && !fromEnv) {
    throw new CodedError('usage.bad_config', `${where}.client_secret_env: ${secretEnv} is not set in the environment`);
  }
  const clientSecret = secretFile === undefined ? fromEnv : await readSecretFile(secretFile, beside);
  return {
    ...(clientSecret !== undefined && { clientSecret }),
    ...(app !== undefined && { appPrivateKey: await readSecretFile(app.private_key_file, beside) }),
  };
}

/** Blanks and ends of line around it are those of the file. */
export async function readSecretFile(path: string, cwd: string): Promise<string> {
  const text = await readFile(resolve(cwd, path), 'utf8').catch((error: unknown) => {
    throw new CodedError('usage.unreadable_file', fileError(error, 'read', path).message, { cause: error });
  });
  if (text.trim() !== '') return text.trim();
  throw new CodedError('usage.bad_config', `${path} is empty, and should hold a secret`);
}

function badConfig(where: string, { issues: [issue] }: z.ZodError): CodedError {
  const path = issue?.path.join('.') ?? '';
  return new CodedError('usage.bad_config', `${where}${path === '' ? '' : `: ${path}`}: ${issue?.message}`, {
    hint: 'providers = { github = { kind = "github", client_id = "…", client_secret_file = "github-secret" } }; see docs/sign-in.md',
  });
}
