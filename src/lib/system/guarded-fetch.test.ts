import { afterAll, expect, test } from 'bun:test';
import { createGuardedFetch } from './guarded-fetch.ts';

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  idleTimeout: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case '/echo':
        return Response.json({
          method: request.method,
          type: request.headers.get('content-type'),
          encoding: request.headers.get('accept-encoding'),
          body: await request.text(),
        });
      case '/elsewhere':
        return Response.redirect('http://169.254.169.254/');
      case '/large':
        return new Response('x'.repeat(2_000));
      case '/silent':
        return new Promise<Response>(() => undefined);
      case '/stops':
        return new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) }));
      default:
        return new Response(null, { status: 204 });
    }
  },
});
afterAll(() => server.stop(true));
const origin = `http://127.0.0.1:${server.port}`;
const limits = { timeoutMs: 300, maxBytes: 1_000 };
const fetchNamed = createGuardedFetch({ named: () => [origin], ...limits });

test('what an administrator named is asked, private or not, and answers as it is', async () => {
  const headers = { 'content-type': 'text/plain', 'accept-encoding': 'gzip' };
  const response = await fetchNamed(`${origin}/echo`, { method: 'POST', headers, body: 'hällo' });
  expect(await response.json()).toEqual({ method: 'POST', type: 'text/plain', encoding: 'identity', body: 'hällo' });
  expect((await fetchNamed(`${origin}/none`)).status).toBe(204);
});

test('a redirect is an answer, and is not followed', async () => {
  const response = await fetchNamed(`${origin}/elsewhere`);
  expect([response.status, response.headers.get('location')]).toEqual([302, 'http://169.254.169.254/']);
});

test.each([
  ['another port of the same host', 'http://127.0.0.1:1/'],
  ['a name with a private address', 'http://inside.test/'],
  ['the metadata service of a cloud', 'http://169.254.169.254/latest/meta-data/'],
  ['an address written as IPv6', 'http://[::ffff:127.0.0.1]/'],
])('%s is not asked', async (_, url) => {
  const guarded = createGuardedFetch({
    named: () => [origin],
    ...limits,
    resolve: async () => ['93.184.216.34', '10.0.0.1'],
  });
  await expect(guarded(url)).rejects.toMatchObject({ code: 'fetch.refused' });
});

test.each(['ftp://example.com/', 'file:///etc/passwd', 'http://user:password@example.com/', 'x'])(
  '%s is no address to ask',
  async (url) => {
    const error: Error = await fetchNamed(url).then(
      () => new Error('it was asked'),
      (refused) => refused,
    );
    expect(error).toMatchObject({ code: 'fetch.refused' });
    expect(error.message).not.toContain('password@');
  },
);

test('the connection goes to the address that was looked at', async () => {
  let asked = 0;
  const resolve = async () => {
    asked += 1;
    return asked === 1 ? ['127.0.0.1'] : ['10.0.0.1'];
  };
  const named = `http://rebinds.test:${server.port}`;
  const response = await createGuardedFetch({ named: () => [named], ...limits, resolve })(`${named}/none`);
  expect([response.status, asked]).toEqual([204, 1]);
});

test.each([
  ['/silent', 'fetch.timeout'],
  ['/stops', 'fetch.timeout'],
  ['/large', 'fetch.too_large'],
])('time and size have an end: %s', async (path, code) => {
  await expect(fetchNamed(origin + path)).rejects.toMatchObject({ code });
});

test('nobody there is told as that, and whoever asked may stop it', async () => {
  const nobody = createGuardedFetch({ named: () => ['http://127.0.0.1:1'], ...limits });
  await expect(nobody('http://127.0.0.1:1/')).rejects.toMatchObject({
    code: 'fetch.unreachable',
    message: expect.stringContaining('nothing listens'),
  });
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(fetchNamed(`${origin}/silent`, { signal })).rejects.toThrow('enough');
});
