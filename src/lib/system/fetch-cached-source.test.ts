import { afterEach, beforeEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchCachedSource } from './fetch-cached-source.ts';
import { type Answer, HttpServers } from './http-server.fixture.ts';
import { createSourceCache } from './source-cache.ts';
import { createTempDir, type TempDir } from './temp-dir.ts';

let temporary: TempDir;
let now = Date.UTC(2026, 0, 1);
const servers = new HttpServers();
beforeEach(() => {
  temporary = createTempDir();
  now = Date.UTC(2026, 0, 1);
});
afterEach(() => {
  servers.close();
  temporary.remove();
});

const clock = { now: () => now };
const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
const cacheAt = (limits: { maxFiles?: number; maxBytes?: number } = {}) =>
  createSourceCache({ directory: join(temporary.path, 'sources'), clock, ...limits });
const get = async (url: string, pinned?: string) =>
  fetchCachedSource(url, { allowPrivate: true, cache: cacheAt(), pinned });

/** Serves one text with an ETag, and tells what it was asked and what it said. */
async function serve(current: { text: string }): Promise<{ url: string; said: number[] }> {
  const said: number[] = [];
  const answer: Answer = (request, response) => {
    const etag = `"${sum(current.text).slice(0, 8)}"`;
    const status = request.headers['if-none-match'] === etag ? 304 : 200;
    said.push(status);
    response.writeHead(status, { etag }).end(status === 200 ? current.text : undefined);
  };
  return { url: `http://127.0.0.1:${await servers.start(answer)}/x.hcl`, said };
}

test('asks again, and takes the kept text when nothing has changed', async () => {
  const current = { text: 'one' };
  const { url, said } = await serve(current);
  expect(await get(url)).toEqual({ kind: 'text', text: 'one' });
  expect(await get(url)).toEqual({ kind: 'text', text: 'one' });
  current.text = 'two';
  expect(await get(url)).toEqual({ kind: 'text', text: 'two' });
  expect(said).toEqual([200, 304, 200]);
});

test('a text that was changed twice within a second is seen as changed', async () => {
  const current = { text: 'one' };
  const lastModified = new Date().toUTCString();
  const port = await servers.start((request, response) => {
    const status = request.headers['if-modified-since'] === lastModified ? 304 : 200;
    response.writeHead(status, { 'last-modified': lastModified }).end(status === 200 ? current.text : undefined);
  });
  const url = `http://127.0.0.1:${port}/x.hcl`;
  expect(await get(url)).toEqual({ kind: 'text', text: 'one' });
  current.text = 'two';
  expect(await get(url)).toEqual({ kind: 'text', text: 'two' });
});

test('a pinned text that is kept needs nobody, also after its address has changed', async () => {
  const current = { text: '\ufeffone' };
  const { url, said } = await serve(current);
  await get(url);
  current.text = 'two';
  await get(url);
  servers.close();
  expect(await get(url, sum('\ufeffone'))).toEqual({ kind: 'text', text: '\ufeffone' });
  expect(await get(url, sum('two'))).toEqual({ kind: 'text', text: 'two' });
  expect(said).toEqual([200, 200]);
});

test('without a pin a kept text is not used when nobody answers; the message says what would help', async () => {
  const { url } = await serve({ text: 'one' });
  await get(url);
  servers.close();
  const failed = await get(url);
  expect(failed).toMatchObject({ kind: 'problem', code: 'source_unreachable' });
  const hint = failed.kind === 'problem' ? failed.hint : '';
  expect(hint).toContain('A copy of 2026-01-01 00:00 UTC is kept');
  expect(hint).toContain('pikoci lock');
  const other = await get(url, sum('other'));
  expect(other).toMatchObject({ hint: expect.stringContaining('another SHA-256 than the one that is pinned') });
});

test.each([
  ['cut off', 'on'],
  ['another', 'two'],
  ['empty', ''],
])('a kept text that is %s is fetched and written anew', async (_, damage) => {
  const { url, said } = await serve({ text: 'one' });
  await get(url);
  const path = join(temporary.path, 'sources/texts', sum('one'));
  await writeFile(path, damage);
  expect(await get(url, sum('one'))).toEqual({ kind: 'text', text: 'one' });
  expect(await readFile(path, 'utf8')).toBe('one');
  expect(said).toEqual([200, 200]);
});

test.each(['', '{', '[]', '{"schema":2}', 'null'])('an entry that is %p is not believed', async (damage) => {
  const { url, said } = await serve({ text: 'one' });
  await get(url);
  const [entry = ''] = await readdir(join(temporary.path, 'sources/addresses'));
  await writeFile(join(temporary.path, 'sources/addresses', entry), damage);
  expect(await get(url)).toEqual({ kind: 'text', text: 'one' });
  expect(await get(url)).toEqual({ kind: 'text', text: 'one' });
  expect(said).toEqual([200, 200, 304]);
});

test('an entry that others could have written is not believed', async () => {
  const { url, said } = await serve({ text: 'one' });
  await get(url);
  const [entry = ''] = await readdir(join(temporary.path, 'sources/addresses'));
  await chmod(join(temporary.path, 'sources/addresses', entry), 0o666);
  await get(url);
  expect(said).toEqual([200, 200]);
});

test('what is kept is private', async () => {
  const { url } = await serve({ text: 'one' });
  await get(url);
  const modes: string[] = [];
  for (const name of await readdir(join(temporary.path, 'sources'), { recursive: true })) {
    const { mode } = await stat(join(temporary.path, 'sources', name));
    modes.push((mode & 0o777).toString(8));
  }
  expect(modes.sort()).toEqual(['600', '600', '700', '700']);
});

test('a directory that cannot be used is no reason not to fetch', async () => {
  const { url } = await serve({ text: 'one' });
  await writeFile(join(temporary.path, 'sources'), 'a file, not a directory');
  expect(await get(url)).toEqual({ kind: 'text', text: 'one' });
  expect(await get(url, sum('one'))).toEqual({ kind: 'text', text: 'one' });
});

test('what was not used for longest goes when there is too much', async () => {
  const cache = cacheAt({ maxFiles: 2 });
  for (const text of ['a', 'b']) {
    await cache.keep(`http://x/${text}`, text, {});
    now += 10_000;
  }
  expect(await cache.text(sum('a'))).toBe('a');
  now += 10_000;
  await cache.keep('http://x/c', 'c', {});
  expect(await Promise.all(['a', 'b', 'c'].map((text) => cache.text(sum(text))))).toEqual(['a', undefined, 'c']);

  const small = cacheAt({ maxBytes: 10 });
  now += 10_000;
  await small.keep('http://x/d', 'd'.repeat(9), {});
  expect(await Promise.all(['a', 'c'].map((text) => small.text(sum(text))))).toEqual([undefined, 'c']);
  expect(await small.text(sum('d'.repeat(9)))).toBe('d'.repeat(9));
});

test('addresses of the same text have an end too', async () => {
  const cache = cacheAt({ maxFiles: 2 });
  for (const address of ['http://x/1', 'http://x/2', 'http://x/3']) {
    await cache.keep(address, 'same', {});
    now += 10_000;
  }
  expect((await readdir(join(temporary.path, 'sources/addresses'))).length).toBe(2);
  expect(await cache.find('http://x/1')).toBeUndefined();
  expect(await cache.find('http://x/3')).toMatchObject({ text: 'same', at: now - 10_000 });
});
