/** A fetch is no way into the network of whoever fetches: addresses, redirects, and names that change what they say. */
import { afterEach, expect, test } from 'bun:test';
import { startDnsServer } from './dns-server.fixture.ts';
import { fetchSource } from './fetch-source.ts';
import { HttpServers } from './http-server.fixture.ts';
import { isPrivateAddress } from './private-address.ts';

const servers = new HttpServers();
afterEach(() => servers.close());

/** The servers of these tests stand for public ones. */
const isPrivate = (address: string): boolean => address !== '127.0.0.1' && isPrivateAddress(address);

test.each([
  'http://127.0.0.1/',
  'http://localhost/',
  'http://0.0.0.0/',
  'http://0/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://127.1/',
  'http://10.0.0.1:8080/',
  'http://169.254.169.254/latest/meta-data/',
  'http://100.64.0.1/',
  'http://224.0.0.1/',
  'http://[::]/',
  'http://[::1]/',
  'http://[fe80::1]/',
  'http://[fd12:3456::1]/',
  'http://[::ffff:10.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://①②⑦.0.0.1/',
])('%s is refused', async (url) => {
  const fetched = await fetchSource(url, { allowPrivate: false });
  expect(fetched).toMatchObject({
    code: 'source_refused',
    hint: expect.stringContaining('--allow-private-sources'),
  });
});

test('one private address among public ones is enough', async () => {
  const resolve = async (): Promise<string[]> => ['93.184.216.34', '10.0.0.5'];
  const fetched = await fetchSource('http://mixed.example/', { allowPrivate: false, resolve });
  expect(fetched).toMatchObject({ code: 'source_refused', message: expect.stringContaining('10.0.0.5') });
});

test('a redirect is checked as the address itself was', async () => {
  const port = await servers.start((_, response) => {
    response.writeHead(302, { location: 'http://inner.example/secrets' }).end();
  });
  const resolve = async (name: string): Promise<string[]> => [name === 'outer.example' ? '127.0.0.1' : '192.168.0.1'];
  const url = `http://outer.example:${port}/`;
  expect(await fetchSource(url, { allowPrivate: false, resolve, isPrivate })).toMatchObject({
    code: 'source_refused',
    message: `${url} redirects to http://inner.example/secrets, which leads to 192.168.0.1, an address of this machine or of a private network.`,
  });
});

test('a name is asked once, and the connection goes to the address that was checked', async () => {
  const port = await servers.start((_, response) => response.end('public'));
  const dns = await startDnsServer((_, time) => [time === 0 ? '127.0.0.1' : '10.0.0.1']);
  try {
    const options = { allowPrivate: false, resolve: dns.resolve, isPrivate };
    expect(await fetchSource(`http://rebind.test:${port}/`, options)).toMatchObject({ kind: 'text', text: 'public' });
    expect(dns.asked).toEqual(['rebind.test']);
    // And once it says what it was made for, it is refused.
    expect(await fetchSource(`http://rebind.test:${port}/`, options)).toMatchObject({ code: 'source_refused' });
  } finally {
    dns.close();
  }
});

test('a redirect to the same name asks again, and finds out', async () => {
  let asked = 0;
  const port = await servers.start((_, response) => {
    asked += 1;
    response.writeHead(302, { location: '/again' }).end();
  });
  const dns = await startDnsServer((_, time) => [time === 0 ? '127.0.0.1' : '169.254.169.254']);
  try {
    const options = { allowPrivate: false, resolve: dns.resolve, isPrivate };
    expect(await fetchSource(`http://rebind.test:${port}/`, options)).toMatchObject({
      code: 'source_refused',
      message: expect.stringContaining('169.254.169.254'),
    });
    expect([asked, dns.asked.length]).toEqual([1, 2]);
  } finally {
    dns.close();
  }
});

test('a name of which one answer is private is refused whole', async () => {
  const dns = await startDnsServer(() => ['127.0.0.1', '172.16.0.9']);
  try {
    const fetched = await fetchSource('http://half.test/', { allowPrivate: false, resolve: dns.resolve, isPrivate });
    expect(fetched).toMatchObject({ code: 'source_refused', message: expect.stringContaining('172.16.0.9') });
  } finally {
    dns.close();
  }
});
