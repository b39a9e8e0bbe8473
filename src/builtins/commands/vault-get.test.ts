/** Against a server that speaks Vault's API: logins, namespaces, certificates. What one answer means is in secrets.test.ts. */
import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { makeCertificate, opensslAvailability } from '../../../test/servers/https-server.ts';
import { testWith } from '../../../test/servers/required.ts';
import { temporaryDirectory } from '../../../test/servers/temporary-directory.ts';
import { startVaultServer } from '../../../test/servers/vault-server.ts';
import { CodedError } from '../../lib/coded-error.ts';
import type { CommandEnv } from '../builtin-command.ts';
import { collectIo } from '../collect-io.ts';
import { vaultGet } from './vault-get.ts';

const withOpenssl = testWith({ openssl: opensslAvailability() });

async function get(env: CommandEnv): Promise<unknown> {
  const { io, stdout } = collectIo();
  await vaultGet(env, io);
  return JSON.parse(stdout());
}

async function failure(env: CommandEnv): Promise<CodedError> {
  const error = await get(env).catch((thrown: unknown) => thrown);
  if (error instanceof CodedError) return error;
  throw new Error(`it did not fail as it should: ${error}`);
}

const appRole = { mount: 'approle', roleId: 'role-1', secretId: 's3cret-id' };

test('a role logs in for each read and leaves no token behind', async () => {
  await using vault = await startVaultServer({ appRole });
  vault.put('secret/data/db', { password: 'hunter2' });
  const env = { param_path: 'secret/data/db', param_address: vault.url, param_role_id: 'role-1' };
  expect(await get({ ...env, param_secret_id: 's3cret-id', VAULT_TOKEN: 'wrong' })).toEqual({ password: 'hunter2' });
  expect(vault.requests).toEqual([
    'POST /v1/auth/approle/login',
    'GET /v1/secret/data/db',
    'POST /v1/auth/token/revoke-self',
  ]);
  const error = await failure({ ...env, param_secret_id: 'another' });
  expect(error).toMatchObject({ code: 'vault_login', message: expect.stringContaining('invalid role or secret ID') });
  expect(`${error.message}${error.hint}`).not.toContain('another.');
  expect(await failure({ ...env, param_auth_mount: 'elsewhere' })).toMatchObject({
    code: 'vault_login',
    message: expect.stringContaining('auth/elsewhere/login'),
    hint: expect.stringContaining('auth_mount'),
  });
  expect(vault.openLogins).toBe(0);
});

test('a role that may log in and not read gives its token back, too', async () => {
  await using vault = await startVaultServer({ appRole: { ...appRole, mount: 'ci/roles' } });
  const env = { VAULT_ADDR: vault.url, VAULT_ROLE_ID: 'role-1', VAULT_SECRET_ID: 's3cret-id' };
  expect(await failure({ ...env, param_path: 'secret/data/none', param_auth_mount: 'ci/roles' })).toMatchObject({
    code: 'secret_not_found',
  });
  expect(vault.openLogins).toBe(0);
});

test('a token of another issuer logs in, as that of a build', async () => {
  const jwt = { mount: 'jwt', role: 'ci', trusts: async (token: string) => token === 'header.payload.signature' };
  await using vault = await startVaultServer({ jwt });
  vault.put('secret/data/db', { password: 'hunter2' });
  const env = { param_path: 'secret/data/db', VAULT_ADDR: vault.url, param_role: 'ci' };
  expect(await get({ ...env, param_jwt: 'header.payload.signature' })).toEqual({ password: 'hunter2' });
  const error = await failure({ ...env, param_jwt: 'forged.payload.signature' });
  expect(error).toMatchObject({ code: 'vault_login', hint: expect.stringContaining('oidc_discovery_url') });
  expect(`${error.message}${error.hint}`).not.toContain('forged');
  expect(vault.openLogins).toBe(0);
});

test('a namespace has its own secrets', async () => {
  await using vault = await startVaultServer();
  vault.put('secret/data/db', { password: 'of the root' });
  vault.put('secret/data/db', { password: 'of the team' }, 'team-a');
  const env = { param_path: 'secret/data/db', VAULT_ADDR: vault.url, VAULT_TOKEN: vault.token };
  expect(await get(env)).toEqual({ password: 'of the root' });
  expect(await get({ ...env, VAULT_NAMESPACE: 'team-a' })).toEqual({ password: 'of the team' });
  expect(await failure({ ...env, VAULT_NAMESPACE: 'team-a', param_namespace: 'team-b' })).toMatchObject({
    code: 'secret_not_found',
    message: expect.stringContaining('in the namespace team-b'),
  });
});

test('the path of the other version of the store is named', async () => {
  await using vault = await startVaultServer();
  vault.put('secret/data/db', { password: 'p' });
  const env = { VAULT_ADDR: vault.url, VAULT_TOKEN: vault.token };
  expect((await failure({ ...env, param_path: 'secret/db' })).hint).toContain('secret/data/db');
  expect((await failure({ ...env, param_path: 'kv/data/db' })).hint).toContain('kv/db');
});

test("the worker's own credentials go to its own Vault alone", async () => {
  await using vault = await startVaultServer();
  vault.put('kv/a', { password: 'p' });
  const env = { param_path: 'kv/a', param_address: vault.url, VAULT_TOKEN: vault.token };
  expect(await get({ ...env, VAULT_ADDR: `${vault.url}/` })).toEqual({ password: 'p' });
  expect(await failure({ ...env, VAULT_ADDR: 'https://vault.example.org' })).toMatchObject({ code: 'vault_elsewhere' });
  expect(vault.requests).toHaveLength(1);
});

withOpenssl('an authority of its own, as a file of the worker or as text', async () => {
  await using directory = temporaryDirectory('vault');
  const files = await makeCertificate(directory.path);
  const certificate = readFileSync(files.certificate, 'utf8');
  await using vault = await startVaultServer({ tls: { key: readFileSync(files.key, 'utf8'), certificate } });
  vault.put('kv/a', { password: 'p' });
  const env = { param_path: 'kv/a', VAULT_ADDR: vault.url, VAULT_TOKEN: vault.token };
  expect(await get({ ...env, VAULT_CACERT: files.certificate })).toEqual({ password: 'p' });
  expect(await get({ ...env, param_ca_cert: certificate })).toEqual({ password: 'p' });
  expect(await failure(env)).toMatchObject({
    code: 'vault_certificate',
    hint: expect.stringContaining('VAULT_CACERT'),
  });
  expect(await failure({ ...env, param_ca_cert: '/none.pem' })).toMatchObject({ code: 'vault_certificate' });
  const elsewhere = { ...env, VAULT_ADDR: vault.url.replace('localhost', '127.0.0.1'), param_ca_cert: certificate };
  expect(await failure(elsewhere)).toMatchObject({ code: 'vault_certificate' });
});
