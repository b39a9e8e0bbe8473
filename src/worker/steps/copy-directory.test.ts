import { afterAll, expect, test } from 'bun:test';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyDirectory } from './copy-directory.ts';

const root = mkdtempSync(join(tmpdir(), 'pikoci-copy-'));
afterAll(() => rmSync(root, { recursive: true }));
const never = new AbortController().signal;

test('files with their modes and times, links as links, nothing of the copy itself, no sockets', async () => {
  const from = join(root, 'from');
  mkdirSync(join(from, 'deep/empty'), { recursive: true });
  mkdirSync(join(from, 'tmp/run/build'), { recursive: true });
  writeFileSync(join(from, 'run.sh'), '#!/bin/sh\n');
  chmodSync(join(from, 'run.sh'), 0o755);
  writeFileSync(join(from, 'deep/old'), 'old');
  utimesSync(join(from, 'deep/old'), 1_000, 2_000);
  symlinkSync('../run.sh', join(from, 'deep/link'));
  symlinkSync('/nowhere', join(from, 'dangling'));
  symlinkSync('.', join(from, 'self'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(from, 'socket'), resolve));
  const to = join(from, 'tmp/run/build/app');
  try {
    const copied = await copyDirectory(from, to, { except: join(from, 'tmp/run'), signal: never });
    expect(copied).toEqual({ leftOut: ['socket'] });
  } finally {
    server.close();
  }
  expect(readdirSync(to).sort()).toEqual(['dangling', 'deep', 'run.sh', 'self', 'tmp']);
  expect(readdirSync(join(to, 'deep')).sort()).toEqual(['empty', 'link', 'old']);
  expect(readdirSync(join(to, 'tmp'))).toEqual([]);
  expect(lstatSync(join(to, 'run.sh')).mode & 0o777).toBe(0o755);
  expect(lstatSync(join(to, 'deep/old')).mtimeMs).toBe(2_000_000);
  expect([readlinkSync(join(to, 'deep/link')), readlinkSync(join(to, 'self'))]).toEqual(['../run.sh', '.']);
  writeFileSync(join(to, 'deep/old'), 'new');
  expect(readFileSync(join(from, 'deep/old'), 'utf8')).toBe('old');
});

test('what is cancelled stops', async () => {
  const from = join(root, 'cancelled');
  mkdirSync(from);
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(copyDirectory(from, join(root, 'to'), { except: root, signal })).rejects.toThrow('enough');
});

test('what is not there any more is named', async () => {
  await expect(
    copyDirectory(join(root, 'gone'), join(root, 'to'), { except: root, signal: never }),
  ).rejects.toMatchObject({ code: 'file.not_found', message: expect.stringContaining('/gone') });
});
