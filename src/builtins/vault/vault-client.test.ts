/** A Vault that takes its time. What it answers otherwise is tested with the commands. */
import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { CodedError } from '../../lib/coded-error.ts';
import { createVaultClient } from './vault-client.ts';
import { withVaultToken } from './vault-token.ts';

const TIMEOUT_MS = 150;

/** Does with each request what `answer` does, and never ends a connection by itself. */
async function listen(answer: (socket: Socket, request: string) => void): Promise<AsyncDisposable & { url: string }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // Whoever waited has gone.
    socket.on('data', (bytes) => answer(socket, bytes.toString()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const login = { kind: 'token', token: 't' } as const;
const read = { method: 'GET', path: 'secret/data/db', token: 't' } as const;

async function failureOf(address: string): Promise<unknown> {
  const client = createVaultClient({ address, namespace: undefined, certificates: undefined, login }, TIMEOUT_MS);
  return await client.ask(read, () => undefined).catch((thrown: unknown) => thrown);
}

const json = (length: number): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

const hanging: [string, (socket: Socket) => void][] = [
  ['that accepts and never answers', () => undefined],
  ['that begins an answer and never ends it', (socket) => socket.write(`${json(100)}{"data": `)],
  ['that lets its headers wait', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-')],
];

test.each(hanging)('one %s', async (_what, answer) => {
  await using vault = await listen(answer);
  const began = performance.now();
  const error = await failureOf(vault.url);
  expect(error).toBeInstanceOf(CodedError);
  expect(error).toMatchObject({
    code: 'vault_timeout',
    message: `Vault at ${vault.url} did not answer within 0.15 s.`,
    hint: 'Is it overloaded, or does a firewall swallow what the worker sends?',
  });
  expect(performance.now() - began).toBeLessThan(5_000);
});

test('a standby that leads to one that never answers: the time is for both', async () => {
  await using active = await listen(() => undefined);
  const location = `HTTP/1.1 307 Temporary Redirect\r\nLocation: ${active.url}/v1/secret/data/db\r\nContent-Length: 0\r\n\r\n`;
  await using standby = await listen((socket) => socket.write(location));
  expect(await failureOf(standby.url)).toMatchObject({
    code: 'vault_timeout',
    message: expect.stringContaining(active.url),
  });
});

test('one that breaks off is not one that speaks another language', async () => {
  await using vault = await listen((socket) => socket.end(`${json(100)}{"data": `));
  expect(await failureOf(vault.url)).toMatchObject({ code: 'vault_unreachable' });
});

test('the token of a login is given back, and one that hangs then does not hide what was wrong', async () => {
  const asked: string[] = [];
  await using vault = await listen((socket, request) => {
    const [line = ''] = request.split('\r\n');
    asked.push(line.split(' ')[1] ?? '');
    const body = JSON.stringify({ auth: { client_token: 'given' } });
    if (line.includes('/login')) socket.write(json(body.length) + body);
    if (line.includes('/revoke-self')) socket.destroy();
  });
  const settings = { address: vault.url, namespace: undefined, certificates: undefined };
  const role = { kind: 'approle', mount: 'approle', roleId: 'r', secretId: 's' } as const;
  const client = createVaultClient({ ...settings, login: role }, TIMEOUT_MS);
  const reading = withVaultToken(client, role, (token) => client.ask({ ...read, token }, () => undefined));
  expect(await reading.catch((thrown: unknown) => thrown)).toMatchObject({ code: 'vault_timeout' });
  expect(asked).toEqual(['/v1/auth/approle/login', '/v1/secret/data/db', '/v1/auth/token/revoke-self']);
});
