import { afterAll, expect, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuiltinCommand } from '../builtin-command.ts';
import { collectIo } from '../collect-io.ts';
import { stopProcess } from '../postgresql/local-process.ts';
import { readServer } from '../postgresql/server.ts';
import { postgresqlReady } from './postgresql-ready.ts';
import { postgresqlStart } from './postgresql-start.ts';
import { postgresqlStop } from './postgresql-stop.ts';

const psql = ['/usr/bin/psql', '/usr/local/bin/psql'].find((file) => existsSync(file));
const installed = existsSync('/usr/lib/postgresql') && psql !== undefined;
const root = mkdtempSync(join(tmpdir(), 'pikoci-postgresql-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function run(
  command: BuiltinCommand['run'],
  env: Record<string, string>,
): Promise<{ exitCode: number; stderr: string }> {
  const { io, stderr } = collectIo();
  // Without docker in the PATH it must be a process.
  const exitCode = await command({ PATH: '/usr/bin-without-docker:/bin', ...env }, io);
  return { exitCode, stderr: stderr() };
}

// Needs PostgreSQL installed as Debian does it, and its psql: elsewhere there is nothing to start.
test.skipIf(!installed)(
  'starts as a process, takes connections with that password only, and is gone after stop',
  async () => {
    const port = await freePort();
    const env = {
      WORKDIR: root,
      param_port: String(port),
      param_user: 'app',
      param_password: "hun'ter 2",
      param_database: 'my "db"',
    };
    expect((await run(postgresqlReady, env)).exitCode).toBe(1);
    try {
      expect((await run(postgresqlStart, env)).exitCode).toBe(0);
      expect((await run(postgresqlReady, env)).exitCode).toBe(0);
      const ask = (password: string) =>
        execFileSync(psql!, ['-h', '127.0.0.1', '-p', String(port), '-U', 'app', '-tAc', 'select 40 + 2', 'my "db"'], {
          env: { PGPASSWORD: password },
          encoding: 'utf8',
          stdio: 'pipe',
        }).trim();
      expect(ask("hun'ter 2")).toBe('42');
      expect(() => ask('wrong')).toThrow();
      const second = run(postgresqlStart, env);
      expect(second).rejects.toMatchObject({ code: 'service_failed' });
      await second.catch(() => undefined);
    } finally {
      expect((await run(postgresqlStop, env)).stderr).toContain('is stopped');
    }
    expect((await run(postgresqlReady, env)).exitCode).toBe(1);
    expect(existsSync(readServer(env).directory)).toBe(false);
    expect((await run(postgresqlStop, env)).stderr).toContain('was not running');
  },
  60_000,
);

test.skipIf(!installed)(
  'a port that is taken is said to be',
  async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = String(typeof address === 'object' && address !== null ? address.port : 0);
    const env = { WORKDIR: root, param_port: port };
    try {
      expect(await run(postgresqlStart, env).catch((error: unknown) => error)).toMatchObject({
        code: 'service_failed',
        hint: expect.stringContaining('is taken'),
      });
      expect(existsSync(readServer(env).directory)).toBe(false);
    } finally {
      server.close();
      await stopProcess(readServer(env));
    }
  },
  60_000,
);

test.each([{ param_port: 'x' }, { param_port: '0' }, { param_version: '--privileged' }])(
  'bad parameters: %p',
  (env) => {
    expect(() => readServer(env)).toThrow();
  },
);
