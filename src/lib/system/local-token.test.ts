import { expect, test } from 'bun:test';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findLocalServers,
  type LocalServer,
  leaveLocalServer,
  localServersDir,
  removeLocalServer,
} from './local-token.ts';

const server = (change: Partial<LocalServer> = {}): LocalServer => ({
  url: 'http://127.0.0.1:8080',
  token: 'pko_secret',
  pid: process.pid,
  instance: 'a',
  startedAt: 1,
  ...change,
});

test('a server is found by its own account while it lives, the newest first', async () => {
  const dir = join(await mkdtemp(join(tmpdir(), 'pikoci-test-')), 'servers');
  try {
    expect(await findLocalServers(dir)).toEqual([]);
    await leaveLocalServer(dir, 8080, server());
    await leaveLocalServer(dir, 8081, server({ instance: 'b', startedAt: 2 }));
    await leaveLocalServer(dir, 8082, server({ instance: 'dead', pid: 2 ** 22 + 1 }));
    await writeFile(join(dir, '8083.json'), '{"url"', { mode: 0o600 });
    await leaveLocalServer(dir, 8084, server({ instance: 'open' }));
    await chmod(join(dir, '8084.json'), 0o644);
    expect((await findLocalServers(dir)).map(({ instance }) => instance)).toEqual(['b', 'a']);
    expect((await stat(join(dir, '8080.json'))).mode & 0o777).toBe(0o600);

    // Another one took the port over: its file stays.
    await removeLocalServer(dir, 8081, 'a');
    await removeLocalServer(dir, 8080, 'a');
    await removeLocalServer(dir, 8080, 'a');
    expect((await findLocalServers(dir)).map(({ instance }) => instance)).toEqual(['b']);
  } finally {
    await rm(join(dir, '..'), { recursive: true });
  }
});

test('where the files lie', () => {
  expect(localServersDir({ XDG_STATE_HOME: '/state' }, '/')).toBe('/state/pikoci/servers');
});
