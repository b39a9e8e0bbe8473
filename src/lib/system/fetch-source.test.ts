import { afterEach, describe, expect, test } from 'bun:test';
import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type FetchSourceOptions, fetchSource } from './fetch-source.ts';
import { type Answer, HttpServers } from './http-server.fixture.ts';

const servers = new HttpServers();
afterEach(() => servers.close());

const open: FetchSourceOptions = { allowPrivate: true, timeoutMs: 20_000 };
const at =
  (...addresses: string[]) =>
  async (): Promise<string[]> =>
    addresses;

test('gives the text, and asks the right host for it', async () => {
  let seen: IncomingMessage | undefined;
  const port = await servers.start((request, response) => {
    seen = request;
    response.setHeader('etag', '"1"').end('runner_type "x" {}  # ü');
  });
  const resolve = at('127.0.0.1');
  const fetched = await fetchSource(`http://types.example.org:${port}/a/x.hcl?b=1#c`, { ...open, resolve });
  expect(fetched).toMatchObject({ kind: 'text', text: 'runner_type "x" {}  # ü', fingerprint: { etag: '"1"' } });
  expect([seen?.url, seen?.headers.host]).toEqual(['/a/x.hcl?b=1', `types.example.org:${port}`]);
  expect(seen?.headers['accept-encoding']).toBe('identity');
});

test.each([
  ['"1"', 'Wed, 25 Nov 2026 11:59:58 GMT', { etag: '"1"', lastModified: 'Wed, 25 Nov 2026 11:59:58 GMT' }],
  // Within the same second it may change once more, and some make the ETag from the time as well.
  ['"1"', 'Wed, 25 Nov 2026 11:59:59 GMT', {}],
  ['"1"', 'Wed, 25 Nov 2026 12:00:00 GMT', {}],
  ['W/"a-b"', undefined, { etag: 'W/"a-b"' }],
  ['bare', 'soon?', {}],
  [`"${'x'.repeat(5_000)}"`, 'x'.repeat(5_000), {}],
  ['"\u00fc"', '', {}],
])('of the headers %p and %p is kept what can be sent back', async (etag, lastModified, fingerprint) => {
  const port = await servers.start((_, response) => {
    const date = 'Wed, 25 Nov 2026 12:00:00 GMT';
    response
      .writeHead(200, { date, etag, ...(lastModified === undefined ? {} : { 'last-modified': lastModified }) })
      .end('x');
  });
  expect(await fetchSource(`http://127.0.0.1:${port}/`, open)).toEqual({ kind: 'text', text: 'x', fingerprint });
});

test('follows a redirect to the text', async () => {
  const port = await servers.start((request, response) => {
    if (request.url === '/new.hcl') response.end('x');
    else response.writeHead(308, { location: 'new.hcl' }).end();
  });
  expect(await fetchSource(`http://127.0.0.1:${port}/old.hcl`, open)).toMatchObject({ kind: 'text', text: 'x' });
});

test('asks whether what is kept is still right', async () => {
  const port = await servers.start((request, response) => {
    const { 'if-none-match': etag, 'if-modified-since': since } = request.headers;
    if (etag === '"2"' || since === 'Wed, 25 Nov 2026 00:00:00 GMT') response.writeHead(304).end();
    else response.end('new');
  });
  const url = `http://127.0.0.1:${port}/`;
  const ask = async (known: FetchSourceOptions['known']) => (await fetchSource(url, { ...open, known })).kind;
  expect(await ask({ etag: '"2"' })).toBe('unchanged');
  expect(await ask({ lastModified: 'Wed, 25 Nov 2026 00:00:00 GMT' })).toBe('unchanged');
  expect(await ask({ etag: '"1"' })).toBe('text');
  expect(await ask(undefined)).toBe('text');
});

test('an address that nobody listens at is not the end when the name has another', async () => {
  const port = await servers.start((_, response) => response.end('x'));
  const resolve = at('::1', '127.0.0.1');
  expect(await fetchSource(`http://both.example:${port}/`, { ...open, resolve })).toMatchObject({ text: 'x' });
});

describe('what the other side does', () => {
  const redirectTo =
    (location: string): Answer =>
    (_, response) =>
      response.writeHead(302, { location }).end();
  const type = (contentType: string, text: string): Answer => {
    return (_, response) => response.setHeader('content-type', contentType).end(text);
  };
  const packed = gzipSync(Buffer.alloc(5_000_000));
  const table: [string, Answer, string, string][] = [
    ['404', (_, response) => response.writeHead(404).end(), 'source_not_found', 'answered 404'],
    ['401', (_, response) => response.writeHead(401).end(), 'source_no_access', 'answered 401'],
    ['403', (_, response) => response.writeHead(403).end(), 'source_no_access', 'without a password'],
    ['500', (_, response) => response.writeHead(500).end(), 'source_unreachable', 'try again later'],
    ['204', (_, response) => response.writeHead(204).end(), 'source_unreachable', 'answered 204'],
    ['304 though nothing is kept', (_, response) => response.writeHead(304).end(), 'source_unreachable', '304'],
    ['redirects for ever', redirectTo('/again'), 'source_unreachable', 'more than 5 times'],
    ['redirects to a file', redirectTo('file:///etc/passwd'), 'source_refused', 'redirects to file:///etc/passwd'],
    ['redirects with a password', redirectTo('http://me:hunter2@x/'), 'source_refused', 'user name or password'],
    ['redirects to nowhere', redirectTo('http://'), 'source_refused', 'which is no address'],
    ['sends too much', (_, response) => response.end('x'.repeat(2_000)), 'source_too_large', 'larger than 1000 bytes'],
    [
      'sends too much, bit by bit',
      (_, response) => {
        const more = () => {
          if (!response.destroyed) response.write('x'.repeat(500), more);
        };
        more();
      },
      'source_too_large',
      'larger than 1000 bytes',
    ],
    [
      'sends a small answer that unpacks to a large one',
      (_, response) => response.setHeader('content-encoding', 'gzip').end(packed.subarray(0, 900)),
      'source_not_text',
      'packed bytes (content-encoding gzip)',
    ],
    ['sends what is no text', (_, response) => response.end(Buffer.from([0xff, 0xfe])), 'source_not_text', 'UTF-8'],
    ['sends a page, and says so', type('text/html; charset=utf-8', 'x'), 'source_is_page', 'a web page (HTML)'],
    ['sends a page as text', type('text/plain', '\n<!DOCTYPE html><html>'), 'source_is_page', '"Raw"'],
    [
      'breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '500' });
        response.write('x', () => response.destroy());
      },
      'source_unreachable',
      'cannot be reached',
    ],
    [
      'does not speak HTTP',
      (request) => request.socket.end('SSH-2.0-x\r\n'),
      'source_unreachable',
      'cannot be reached',
    ],
  ];
  test.each(table)('%s', async (_, answer, code, words) => {
    const port = await servers.start(answer);
    const fetched = await fetchSource(`http://127.0.0.1:${port}/`, { ...open, maxBytes: 1_000 });
    expect(fetched).toMatchObject({ kind: 'problem', code });
    expect(fetched.kind === 'problem' && `${fetched.message} ${fetched.hint}`).toContain(words);
    expect(JSON.stringify(fetched)).not.toContain('hunter2');
  });

  const slow: [string, Answer][] = [
    ['never answers', () => undefined],
    ['never ends', (_, response) => void response.write('x')],
  ];
  test.each(slow)('%s', async (_, answer) => {
    const port = await servers.start(answer);
    const fetched = await fetchSource(`http://127.0.0.1:${port}/`, { ...open, timeoutMs: 300 });
    expect(fetched).toMatchObject({ code: 'source_timeout', message: expect.stringContaining('within 0.3 s') });
  });

  test('a name that DNS does not answer for takes no longer', async () => {
    const resolve = (): Promise<string[]> => Promise.withResolvers<string[]>().promise;
    const fetched = await fetchSource('http://silent.example/', { ...open, timeoutMs: 300, resolve });
    expect(fetched).toMatchObject({ code: 'source_timeout' });
  });
});

describe('addresses', () => {
  test('nobody there', async () => {
    expect(await fetchSource('http://127.0.0.1:1/', open)).toMatchObject({
      code: 'source_unreachable',
      message: expect.stringContaining('nothing listens at 127.0.0.1:1'),
    });
  });

  test.each([
    ['no address', at(), 'has no address'],
    [
      'no such name',
      () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })),
      'no host has that name',
    ],
    ['no DNS', () => Promise.reject(Object.assign(new Error('x'), { code: 'EAI_AGAIN' })), 'DNS says EAI_AGAIN'],
  ])('%s', async (_, resolve, words) => {
    const fetched = await fetchSource('http://nowhere.example/', { ...open, resolve });
    expect(fetched).toMatchObject({ code: 'source_unreachable', message: expect.stringContaining(words) });
  });

  test.each([
    'ftp://example.org/x',
    'file:///etc/passwd',
    'no address',
    'http://',
    'https://user:hunter2@example.org/x',
  ])('%s is not asked', async (url) => {
    const fetched = await fetchSource(url, { ...open, resolve: () => Promise.reject(new Error('was asked')) });
    expect(fetched).toMatchObject({ code: 'source_refused' });
    expect(JSON.stringify(fetched)).not.toContain('hunter2');
  });
});
