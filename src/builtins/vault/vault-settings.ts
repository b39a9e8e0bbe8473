/** How Vault is reached: from the parameters of the secret and its type, and where they say nothing from the worker's own `VAULT_*`. */
import { readFileSync } from 'node:fs';
import { CodedError, errorText } from '../../lib/coded-error.ts';
import { type CommandEnv, param } from '../builtin-command.ts';

export type VaultLogin =
  | { readonly kind: 'token'; readonly token: string }
  /** A token of another issuer that Vault trusts: that of a build (`id_token`), for example. */
  | { readonly kind: 'jwt'; readonly mount: string; readonly role: string | undefined; readonly jwt: string }
  | {
      readonly kind: 'approle';
      readonly mount: string;
      readonly roleId: string;
      readonly secretId: string | undefined;
    };

export interface VaultSettings {
  /** Without a slash at the end. */
  readonly address: string;
  readonly namespace: string | undefined;
  /** PEM of the authorities to trust instead of the system's. */
  readonly certificates: string | undefined;
  readonly login: VaultLogin;
}

export function vaultSettings(env: CommandEnv): VaultSettings {
  const ofWorker = (name: string): string | undefined => env[name] || undefined;
  const address = param(env, 'address') ?? ofWorker('VAULT_ADDR');
  if (address === undefined) throw missing('address', 'VAULT_ADDR');
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    throw new CodedError(
      'bad_address',
      `The address of Vault, ${JSON.stringify(address)}, is no http or https address.`,
    );
  }
  const certificates = param(env, 'ca_cert') ?? ofWorker('VAULT_CACERT');
  return {
    address: address.replace(/\/+$/, ''),
    namespace: param(env, 'namespace') ?? ofWorker('VAULT_NAMESPACE'),
    certificates: certificates === undefined ? undefined : readCertificates(certificates),
    login: loginOf(env, address, ofWorker),
  };
}

/** What the pipeline says beats what the worker has; of each a token beats a role. */
function loginOf(env: CommandEnv, address: string, ofWorker: (name: string) => string | undefined): VaultLogin {
  const mountOr = (usual: string): string => (param(env, 'auth_mount') ?? usual).replace(/^\/+|\/+$/g, '');
  const mount = mountOr('approle');
  const token = param(env, 'token');
  if (token !== undefined) return { kind: 'token', token };
  const jwt = param(env, 'jwt');
  if (jwt !== undefined) return { kind: 'jwt', mount: mountOr('jwt'), role: param(env, 'role'), jwt };
  const roleId = param(env, 'role_id');
  if (roleId !== undefined) return { kind: 'approle', mount, roleId, secretId: param(env, 'secret_id') };
  const [workersToken, workersRole] = [ofWorker('VAULT_TOKEN'), ofWorker('VAULT_ROLE_ID')];
  if (workersToken === undefined && workersRole === undefined) throw missing('token', 'VAULT_TOKEN');
  const home = ofWorker('VAULT_ADDR');
  if (home !== undefined && home.replace(/\/+$/, '') !== address.replace(/\/+$/, '')) {
    throw new CodedError(
      'vault_elsewhere',
      `The worker's own credentials are for its VAULT_ADDR, ${home}, and are not sent to ${address}, which the pipeline names.`,
      { hint: 'Give a token or role_id with the address, or leave the address out.' },
    );
  }
  if (workersToken !== undefined) return { kind: 'token', token: workersToken };
  return { kind: 'approle', mount, roleId: workersRole ?? '', secretId: ofWorker('VAULT_SECRET_ID') };
}

function readCertificates(given: string): string {
  if (given.includes('-----BEGIN')) return given;
  try {
    return readFileSync(given, 'utf8');
  } catch (cause) {
    throw new CodedError('vault_certificate', `The certificate ${given} cannot be read: ${errorText(cause)}.`, {
      hint: 'ca_cert (or VAULT_CACERT) is the path of a PEM file on the worker, or the PEM text itself: ca_cert = file("ca.pem").',
      cause,
    });
  }
}

function missing(name: string, variable: string): CodedError {
  const role = name === 'token' ? ' (or role_id and secret_id)' : '';
  return new CodedError('parameter_missing', `The ${name} of Vault is not known.`, {
    hint: `Write it in the type, secret_type "vault" { source = "pikoci://vault" ${name} = … }${role}, or set ${variable} for the worker.`,
  });
}
