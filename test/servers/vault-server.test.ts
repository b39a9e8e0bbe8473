import { expect, test } from 'bun:test';
import { startVaultServer, type VaultServer } from './vault-server.ts';

const read = async (vault: VaultServer, path: string, headers: Record<string, string>) => {
  const response = await fetch(`${vault.url}/v1/${path}`, { headers });
  return { status: response.status, body: await response.json() };
};

test('both versions of the key-value API answer as documented', async () => {
  await using vault = await startVaultServer({ token: 't' });
  const header = { 'x-vault-token': 't' };
  vault.put('secret/data/db', { password: 'old' });
  vault.put('secret/data/db', { password: 'new' });
  vault.put('kv/db', { password: 'one' });
  expect(await read(vault, 'secret/data/db', header)).toMatchObject({
    status: 200,
    body: { data: { data: { password: 'new' }, metadata: { version: 2 } } },
  });
  expect(await read(vault, 'secret/data/db?version=1', header)).toMatchObject({
    body: { data: { data: { password: 'old' } } },
  });
  expect(await read(vault, 'kv/db', { authorization: 'Bearer t' })).toMatchObject({
    body: { data: { password: 'one' } },
  });
  expect(await read(vault, 'secret/data/other', header)).toEqual({ status: 404, body: { errors: [] } });
  expect(await read(vault, 'secret/data/db', {})).toEqual({ status: 403, body: { errors: ['permission denied'] } });
  vault.delete('secret/data/db');
  expect(await read(vault, 'secret/data/db', header)).toMatchObject({ status: 404, body: { data: { data: null } } });
  vault.seal(true);
  expect(await read(vault, 'secret/data/db', header)).toEqual({ status: 503, body: { errors: ['Vault is sealed'] } });
  expect(vault.requests.at(-1)).toBe('GET /v1/secret/data/db');
});
