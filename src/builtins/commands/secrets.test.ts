import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../../lib/coded-error.ts';
import { type BuiltinCommand, type CommandEnv, LASTING_CODES } from '../builtin-command.ts';
import { collectIo } from '../collect-io.ts';
import { envGet } from './env-get.ts';
import { fileGet } from './file-get.ts';
import { vaultGet } from './vault-get.ts';

const root = mkdtempSync(join(tmpdir(), 'pikoci-secrets-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function get(command: BuiltinCommand['run'], env: CommandEnv): Promise<unknown> {
  const { io, stdout } = collectIo();
  expect(await command(env, io)).toBe(0);
  expect(stdout()).toMatch(/^[^\n]+\n$/);
  return JSON.parse(stdout());
}

async function failure(command: BuiltinCommand['run'], env: CommandEnv): Promise<CodedError> {
  try {
    await get(command, env);
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('file-get', () => {
  const write = (name: string, text: string) => {
    const file = join(root, name);
    writeFileSync(file, text);
    return file;
  };
  const table: [name: string, text: string, key: string | undefined, expected: unknown][] = [
    ['a.json', '{"user":"u","db":{"password":"p"}}', 'user', { user: 'u' }],
    ['a.json', '{"user":"u","db":{"password":"p"}}', 'db.password', { 'db.password': 'p' }],
    ['a.json', '{"user":"u"}', undefined, { user: 'u' }],
    ['a.json', '{"a.b":1,"a":{"b":2}}', 'a.b', { 'a.b': 1 }],
    ['a.yaml', 'db:\n  password: p\n', 'db.password', { 'db.password': 'p' }],
    ['a.yml', '- 1\n', undefined, { value: [1] }],
    [
      'a.env',
      '# c\nexport A="x y"\nB=\'$z\'\nC=1 # no\nD="a\\nb"',
      undefined,
      { A: 'x y', B: '$z', C: '1', D: 'a\nb' },
    ],
    ['.env', 'A=1', 'A', { A: '1' }],
    [
      'key.env',
      'K="-----BEGIN\nabc\n-----END" # key\nB=\'1\n2\'\nC="open',
      undefined,
      { K: '-----BEGIN\nabc\n-----END', B: '1\n2', C: '"open' },
    ],
    ['token', 's3cret\n', undefined, { value: 's3cret' }],
    ['token.txt', 'two\nlines\n', 'password', { password: 'two\nlines' }],
  ];
  test.each(table)('%s %p key %p', async (name, text, key, expected) => {
    expect(await get(fileGet, { param_path: write(name, text), param_key: key })).toEqual(expected);
  });

  test('a key that is not there names those that are, and no value', async () => {
    const error = await failure(fileGet, {
      param_path: write('b.json', '{"password":"hunter2","user":"u"}'),
      param_key: 'pasword',
    });
    expect(error).toMatchObject({ code: 'secret_key_missing', hint: 'Did you mean "password"?' });
    expect(error.message).not.toContain('hunter2');
  });

  test('a broken file shows nothing of what is in it', async () => {
    for (const name of ['c.json', 'c.yaml']) {
      const error = await failure(fileGet, { param_path: write(name, '{"password": hunter2, [') });
      expect(error.code).toBe('secret_unreadable');
      expect(`${error.message}${error.hint}${error.cause}`).not.toContain('hunter2');
    }
  });

  test('a relative path is one of the build, else one from where the worker was started', async () => {
    write('here.json', '{"a": 1}');
    expect(await get(fileGet, { param_path: 'here.json', PIKOCI_STARTED_IN: root })).toEqual({ a: 1 });
    expect(await get(fileGet, { param_path: 'package.json', param_key: 'name', PIKOCI_STARTED_IN: root })).toEqual({
      name: 'pikoci',
    });
  });

  test('no such file', async () => {
    expect(await failure(fileGet, { param_path: join(root, 'nope') })).toMatchObject({ code: 'secret_not_found' });
    expect(await failure(fileGet, {})).toMatchObject({ code: 'parameter_missing' });
  });
});

test('env-get', async () => {
  expect(await get(envGet, { param_key: 'TOKEN', TOKEN: 'x' })).toEqual({ TOKEN: 'x' });
  expect(await get(envGet, { param_path: 'TOKEN', TOKEN: 'x' })).toEqual({ value: 'x' });
  expect(await failure(envGet, { param_key: 'TOKEN' })).toMatchObject({ code: 'secret_not_found' });
});

describe('vault-get', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });

  function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    return new Promise((resolve) => {
      server = createServer(answer).listen(0, '127.0.0.1', () => {
        resolve(`http://127.0.0.1:${(server!.address() as AddressInfo).port}`);
      });
    });
  }
  const json = (response: ServerResponse, status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const version2 = (data: unknown) => ({ request_id: 'r', data: { data, metadata: { version: 3, destroyed: false } } });

  test('version 2, with the token in its header', async () => {
    let seen: IncomingMessage | undefined;
    const address = await serve((request, response) => {
      seen = request;
      json(response, 200, version2({ password: 'hunter2', user: 'u' }));
    });
    const env = { param_path: 'secret/data/db', param_address: `${address}/`, param_token: 't', param_namespace: 'ns' };
    expect(await get(vaultGet, { ...env, param_key: 'password' })).toEqual({ password: 'hunter2' });
    expect(seen?.url).toBe('/v1/secret/data/db');
    expect(seen?.headers).toMatchObject({ 'x-vault-token': 't', 'x-vault-namespace': 'ns' });
    expect(await get(vaultGet, env)).toEqual({ password: 'hunter2', user: 'u' });
  });

  test('version 1, address and token of the worker', async () => {
    const address = await serve((_, response) => json(response, 200, { data: { password: 'p' } }));
    expect(await get(vaultGet, { param_path: 'kv/db', VAULT_ADDR: address, VAULT_TOKEN: 't' })).toEqual({
      password: 'p',
    });
  });

  test('a standby leads to the active server', async () => {
    const address = await serve((request, response) => {
      if (request.url?.includes('standby') === false) return json(response, 200, version2({ a: 1 }));
      response.writeHead(307, { location: '/v1/secret/data/active' }).end();
    });
    expect(
      await get(vaultGet, { param_path: 'secret/data/standby', param_address: address, param_token: 't' }),
    ).toEqual({ a: 1 });
  });

  const refusals: [number, unknown, string][] = [
    [403, { errors: ['permission denied'] }, 'vault_forbidden'],
    [404, { errors: [] }, 'secret_not_found'],
    [503, { errors: ['Vault is sealed'] }, 'vault_sealed'],
    [500, 'rubbish', 'vault_answer'],
    [200, { hello: 1 }, 'vault_answer'],
    [200, version2(null), 'secret_not_found'],
    [200, version2({ other: 'hunter2' }), 'secret_key_missing'],
  ];
  test.each(refusals)('%d %p is %s', async (status, body, code) => {
    const address = await serve((_, response) => json(response, status, body));
    const env = { param_path: 'secret/db', param_key: 'password', param_address: address, param_token: 't0ken' };
    const error = await failure(vaultGet, env);
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint}`).not.toMatch(/hunter2|t0ken/);
  });

  test('nobody there, and nothing said', async () => {
    const env = { param_path: 'secret/data/db', param_token: 't' };
    expect(await failure(vaultGet, { ...env, param_address: 'http://127.0.0.1:1' })).toMatchObject({
      code: 'vault_unreachable',
    });
    expect(await failure(vaultGet, env)).toMatchObject({
      code: 'parameter_missing',
      hint: expect.stringContaining('VAULT_ADDR'),
    });
    expect(await failure(vaultGet, { ...env, param_address: 'vault.example.org' })).toMatchObject({
      code: 'bad_address',
    });
  });
});

test('a key that is not there would not be there the next time', async () => {
  const file = join(root, 'lasting.json');
  writeFileSync(file, '{"a": 1}');
  const { code } = await failure(fileGet, { param_path: file, param_key: 'b' });
  expect(LASTING_CODES.has(code)).toBe(true);
});
