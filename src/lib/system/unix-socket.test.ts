import { afterAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveUnixSocket } from './unix-socket.ts';

const scratch = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const path = join(scratch, 'own', 'x.sock');
const serve = (name: string, take: 'now' | 'later' = 'now') =>
  serveUnixSocket(path, { fetch: () => new Response(name), websocket: { message: () => undefined } }, take);
const ask = async (): Promise<string> => (await fetch('http://localhost/', { unix: path, keepalive: false })).text();

test('a path goes from one server to another, and the first takes nothing with it when it ends', async () => {
  const first = serve('first');
  expect([statSync(path).mode & 0o777, statSync(join(scratch, 'own')).mode & 0o777]).toEqual([0o600, 0o700]);
  const second = serve('second', 'later');
  expect(await ask()).toBe('first');
  second.take();
  expect([first.isThere(), second.isThere()]).toEqual([false, true]);
  expect(await ask()).toBe('second');
  await first.stop();
  expect(await ask()).toBe('second');
  await second.stop();
  expect(existsSync(path)).toBe(false);
});

test('a path that no address can hold is said', () => {
  const long = join(scratch, 'x'.repeat(100));
  const none = { fetch: () => new Response(''), websocket: { message: () => undefined } };
  expect(() => serveUnixSocket(long, none)).toThrow('longer than the 107 bytes');
});
