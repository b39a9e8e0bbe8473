/** Reads a secret of Vault's key-value store, version 1 or 2, by its API path. */
import { z } from 'zod';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import type { Json } from '../../lib/json.ts';
import { type CommandEnv, type CommandIo, param } from '../builtin-command.ts';
import { secretAnswer } from '../secret-answer.ts';

const TIMEOUT_MS = 30_000;
const json = z.json() as z.ZodType<Json>;
const fields = z.record(z.string(), json);
/** Version 2 wraps the fields once more and says about them when they were written. */
const version2 = z.object({ data: z.object({ data: fields.nullable(), metadata: fields }) });
const version1 = z.object({ data: fields });
const refusal = z.object({ errors: z.array(z.string()) });

export async function vaultGet(env: CommandEnv, io: CommandIo): Promise<number> {
  const path = param(env, 'path')
    ?.replace(/^\/+|\/+$/g, '')
    .replace(/^v1\//, '');
  if (path === undefined || path === '')
    throw new CodedError('parameter_missing', 'The secret needs "path", such as "secret/data/db".');
  const address = param(env, 'address') ?? (env.VAULT_ADDR || undefined);
  const token = param(env, 'token') ?? (env.VAULT_TOKEN || undefined);
  if (address === undefined) throw missing('address', 'VAULT_ADDR');
  if (token === undefined) throw missing('token', 'VAULT_TOKEN');
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    throw new CodedError(
      'bad_address',
      `The address of Vault, ${JSON.stringify(address)}, is no http or https address.`,
    );
  }
  const namespace = param(env, 'namespace') ?? (env.VAULT_NAMESPACE || undefined);
  const headers = {
    'X-Vault-Token': token,
    'X-Vault-Request': 'true',
    ...(namespace && { 'X-Vault-Namespace': namespace }),
  };
  const url = new URL(`${address.replace(/\/+$/, '')}/v1/${path.split('/').map(encodeURIComponent).join('/')}`);
  const response = await ask(url, headers);
  const where = `Vault's ${path}`;
  if (!response.ok) throw await refused(response, path, url);
  const body = json.safeParse(await response.json().catch(() => undefined));
  const newer = version2.safeParse(body.data);
  const found = newer.success ? newer.data.data.data : version1.safeParse(body.data).data?.data;
  if (found === undefined) {
    throw new CodedError('vault_answer', `${url.origin} answered, but not as Vault's key-value store does.`, {
      hint: 'Is the address that of Vault itself?',
    });
  }
  if (found === null) throw new CodedError('secret_not_found', `${where}: its newest version was deleted.`);
  io.stdout(secretAnswer(found, param(env, 'key'), where));
  return 0;
}

/** A standby answers with a redirect to the active server: one is followed, and never from https to http. */
async function ask(url: URL, headers: Record<string, string>, redirected = false): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new CodedError('vault_unreachable', `Vault at ${url.origin} cannot be reached: ${errorText(cause)}.`, {
      hint: 'Is the address right, and may the worker connect to it?',
      cause,
    });
  }
  const location = response.headers.get('location');
  if (response.status < 300 || response.status >= 400 || location === null || redirected) return response;
  const target = new URL(location, url);
  if (url.protocol === 'https:' && target.protocol !== 'https:') return response;
  return ask(target, headers, true);
}

async function refused(response: Response, path: string, url: URL): Promise<CodedError> {
  const body = refusal.safeParse(await response.json().catch(() => undefined));
  const said = body.success && body.data.errors.length > 0 ? ` Vault says: ${body.data.errors.join('; ').trim()}.` : '';
  switch (response.status) {
    case 403:
      return new CodedError('vault_forbidden', `Vault does not let this token read ${path}.${said}`, {
        hint: 'Has the token expired, and does its policy allow "read" of this path?',
      });
    case 404: {
      const [mount, next] = path.split('/');
      const inside = next === 'data' ? '' : ` In version 2 of the store the path is ${mount}/data/….`;
      return new CodedError('secret_not_found', `Vault has nothing at ${path}.${said}`, {
        hint: `Is the path right?${inside}`,
      });
    }
    case 503:
      return new CodedError('vault_sealed', `Vault at ${url.origin} is sealed or not ready.${said}`, {
        hint: 'Unseal it (vault operator unseal), then retry the build.',
      });
    default:
      return new CodedError('vault_answer', `Vault at ${url.origin} answered ${response.status} for ${path}.${said}`);
  }
}

function missing(name: string, variable: string): CodedError {
  return new CodedError('parameter_missing', `The ${name} of Vault is not known.`, {
    hint: `Write it in the type, secret_type "vault" { source = "pikoci://vault" ${name} = … }, or set ${variable} for the worker.`,
  });
}
