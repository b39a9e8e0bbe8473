/** Reads a secret of Vault's key-value store, version 1 or 2, by its API path. */
import { z } from 'zod';
import { CodedError } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { secretAnswer } from '../secret-answer.ts';
import { createVaultClient, notVault, type VaultRefusal } from '../vault/vault-client.ts';
import { vaultSettings } from '../vault/vault-settings.ts';
import { withVaultToken } from '../vault/vault-token.ts';

const fields = z.record(z.string(), z.json() as z.ZodType<Json>);
/** Version 2 wraps the fields once more and says about them when they were written. */
const version2 = z.object({ data: z.object({ data: fields.nullable(), metadata: fields }) });
const version1 = z.object({ data: fields });

export async function vaultGet(env: CommandEnv, io: CommandIo): Promise<number> {
  const path = param(env, 'path')
    ?.replace(/^\/+|\/+$/g, '')
    .replace(/^v1\//, '');
  if (path === undefined || path === '')
    throw new CodedError('parameter_missing', 'The secret needs "path", such as "secret/data/db".');
  const settings = vaultSettings(env);
  const client = createVaultClient(settings);
  const body = await withVaultToken(client, settings.login, (token) =>
    client.ask({ method: 'GET', path, token }, (refusal) => refused(refusal, path, settings.namespace)),
  );
  const newer = version2.safeParse(body);
  const found = newer.success ? newer.data.data.data : version1.safeParse(body).data?.data;
  if (found === undefined) throw notVault(client.origin);
  const where = `Vault's ${path}`;
  if (found === null) throw new CodedError('secret_not_found', `${where}: its newest version was deleted.`);
  io.stdout(secretAnswer(found, param(env, 'key'), where));
  return 0;
}

function refused({ status, said }: VaultRefusal, path: string, namespace: string | undefined): CodedError | undefined {
  const inNamespace = namespace === undefined ? '' : ` in the namespace ${namespace}`;
  switch (status) {
    case 403:
      return new CodedError('vault_forbidden', `Vault does not let this token read ${path}${inNamespace}.${said}`, {
        hint: 'Has the token expired, and does its policy allow "read" of this path?',
      });
    case 404:
      return new CodedError('secret_not_found', `Vault has nothing at ${path}${inNamespace}.${said}`, {
        hint: `Is the path right? ${versionHint(path)}`,
      });
    default:
      return undefined;
  }
}

/** Most often the path is that of the other version of the store. */
function versionHint(path: string): string {
  const [mount, next, ...rest] = path.split('/');
  return next === 'data'
    ? `In version 1 of the store it is without data: ${[mount, ...rest].join('/')}.`
    : `In version 2 of the store it is ${[mount, 'data', next, ...rest].join('/')}.`;
}
