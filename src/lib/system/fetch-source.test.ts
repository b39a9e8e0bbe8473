import { afterEach, describe, expect, test } from 'bun:test';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FetchSourceOptions, fetchSource } from './fetch-source.ts';
import { isPrivateAddress } from './private-address.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server on loopback; gives its port. */
function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  return new Promise((resolve) => {
    const made = createServer(answer).listen(0, '127.0.0.1', () => resolve((made.address() as AddressInfo).port));
    server = made;
  });
}

const open: FetchSourceOptions = { allowPrivate: true, timeoutMs: 5_000 };

test('gives the text, and asks the right host for it', async () => {
  let seen: IncomingMessage | undefined;
  const port = await serve((request, response) => {
    seen = request;
    response.end('runner_type "x" {}  # ü');
  });
  const resolve = async (): Promise<string[]> => ['127.0.0.1'];
  const fetched = await fetchSource(`http://types.example.org:${port}/a/x.hcl?b=1`, { ...open, resolve });
  expect(fetched).toEqual({ kind: 'text', text: 'runner_type "x" {}  # ü' });
  expect([seen?.url, seen?.headers.host]).toEqual(['/a/x.hcl?b=1', `types.example.org:${port}`]);
});

test('connects to the address that was checked, whatever the name says afterwards', async () => {
  const port = await serve((_, response) => response.end('x'));
  const answers = [['127.0.0.1'], ['192.0.2.1']];
  let asked = 0;
  const resolve = async (): Promise<string[]> => answers[asked++] ?? [];
  expect(await fetchSource(`http://rebind.example:${port}/`, { ...open, resolve })).toEqual({
    kind: 'text',
    text: 'x',
  });
  expect(asked).toBe(1);
});

describe('private addresses', () => {
  test.each([
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://169.254.169.254/latest/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::ffff:10.0.0.1]/',
  ])('%s is refused', async (url) => {
    expect(await fetchSource(url, { allowPrivate: false })).toMatchObject({ kind: 'problem', code: 'source_refused' });
  });

  test('one private address among public ones is enough', async () => {
    const resolve = async (): Promise<string[]> => ['93.184.216.34', '10.0.0.5'];
    const fetched = await fetchSource('http://mixed.example/', { allowPrivate: false, resolve });
    expect(fetched).toMatchObject({ code: 'source_refused', message: expect.stringContaining('10.0.0.5') });
  });

  test('a redirect is checked as the address itself was', async () => {
    const port = await serve((_, response) => {
      response.writeHead(302, { location: 'http://inner.example/secrets' }).end();
    });
    const resolve = async (name: string): Promise<string[]> => [name === 'outer.example' ? '127.0.0.1' : '192.168.0.1'];
    // The server of this test stands for a public one.
    const isPrivate = (address: string): boolean => address !== '127.0.0.1' && isPrivateAddress(address);
    const fetched = await fetchSource(`http://outer.example:${port}/`, { allowPrivate: false, resolve, isPrivate });
    expect(fetched).toMatchObject({ code: 'source_refused', message: expect.stringContaining('192.168.0.1') });
  });

  test.each([
    ['10.1.2.3', true],
    ['100.64.0.1', true],
    ['172.31.255.255', true],
    ['172.32.0.1', false],
    ['8.8.8.8', false],
    ['255.255.255.255', true],
    ['::', true],
    ['fe80::1%eth0', true],
    ['fd00::1', true],
    ['::ffff:8.8.8.8', true],
    ['64:ff9b::a00:1', true],
    ['2002:a00:1::', true],
    ['2606:4700::1111', false],
    ['not an address', true],
  ])('%s: %p', (address, expected) => {
    expect(isPrivateAddress(address)).toBe(expected);
  });
});

describe('what the other side does', () => {
  const table: [string, (request: IncomingMessage, response: ServerResponse) => void, string][] = [
    ['404', (_, response) => response.writeHead(404).end(), 'source_not_found'],
    ['500', (_, response) => response.writeHead(500).end(), 'source_unreachable'],
    [
      'redirects for ever',
      (_, response) => response.writeHead(302, { location: '/again' }).end(),
      'source_unreachable',
    ],
    [
      'redirects to a file',
      (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'source_refused',
    ],
    ['sends too much', (_, response) => response.end('x'.repeat(2_000)), 'source_too_large'],
    ['sends what is no text', (_, response) => response.end(Buffer.from([0xff, 0xfe, 0x00])), 'source_not_text'],
    ['never answers', () => undefined, 'source_timeout'],
    ['never ends', (_, response) => void response.write('x'), 'source_timeout'],
  ];
  test.each(table)('%s', async (_, answer, code) => {
    const port = await serve(answer);
    const fetched = await fetchSource(`http://127.0.0.1:${port}/`, {
      allowPrivate: true,
      timeoutMs: 400,
      maxBytes: 1_000,
    });
    expect(fetched).toMatchObject({ kind: 'problem', code });
  });

  test('nobody there, and no such name', async () => {
    expect(await fetchSource('http://127.0.0.1:1/', open)).toMatchObject({ code: 'source_unreachable' });
    const resolve = async (): Promise<string[]> => [];
    expect(await fetchSource('http://nowhere.example/', { ...open, resolve })).toMatchObject({
      code: 'source_unreachable',
    });
  });
});
