import { dlopen, ptr } from 'bun:ffi';
import { afterAll, afterEach, expect, test } from 'bun:test';
import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../lib/logger.ts';
import { notifySystemd } from './systemd.ts';

const scratch = mkdtempSync(join(tmpdir(), 'pikoci-test-'));
afterEach(() => {
  delete process.env.NOTIFY_SOCKET;
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const libc = dlopen('libc.so.6', {
  socket: { args: ['int', 'int', 'int'], returns: 'int' },
  bind: { args: ['int', 'ptr', 'u32'], returns: 'int' },
  recv: { args: ['int', 'ptr', 'u64', 'int'], returns: 'i64' },
}).symbols;

function receiver(path: string): { receive(): string; close(): void } {
  const fd = libc.socket(1, 2, 0);
  const address = Buffer.concat([Buffer.from([1, 0]), Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : path)]);
  expect(libc.bind(fd, ptr(address), address.byteLength)).toBe(0);
  return {
    receive() {
      const bytes = Buffer.alloc(1_000);
      return bytes.toString('utf8', 0, Number(libc.recv(fd, ptr(bytes), 1_000n, 0)));
    },
    close: () => closeSync(fd),
  };
}

function warnings(): { readonly logger: Logger; readonly said: string[] } {
  const said: string[] = [];
  const nothing = (): void => undefined;
  return { said, logger: { debug: nothing, info: nothing, error: nothing, warn: (text) => said.push(text) } };
}

test.each([join(scratch, 'notify'), `@pikoci-test-${process.pid}`])('systemd is told at %s', (path) => {
  const systemd = receiver(path);
  const { logger, said } = warnings();
  process.env.NOTIFY_SOCKET = path;
  notifySystemd('MAINPID=7\nREADY=1\n', logger);
  expect(systemd.receive()).toBe('MAINPID=7\nREADY=1\n');
  systemd.close();
  expect(said).toEqual([]);
});

test('without systemd nobody is told; when it does not listen, it is said', () => {
  const { logger, said } = warnings();
  notifySystemd('READY=1\n', logger);
  expect(said).toEqual([]);
  process.env.NOTIFY_SOCKET = join(scratch, 'nobody');
  notifySystemd('READY=1\n', logger);
  expect(said).toEqual([`systemd could not be told that the server is there (${join(scratch, 'nobody')})`]);
});
