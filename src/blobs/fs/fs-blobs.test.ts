import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeBlobs } from '../contract/describe-blobs.ts';
import { createFsBlobs } from './fs-blobs.ts';

describeBlobs('blobs in a directory', async (directory) => ({
  blobs: createFsBlobs(join(directory, 'blobs')),
  severalPieces: 1_000_000,
  dispose: async () => undefined,
}));

test('lies under its digest, for its owner alone, and what a killed process left is not listed, and goes after a while', async () => {
  const root = mkdtempSync(join(tmpdir(), 'pikoci-blobs-'));
  const blobs = createFsBlobs(join(root, 'blobs'));
  const digest = createHash('sha256').update('x').digest('hex');
  writeFileSync(join(root, 'x'), 'x', { mode: 0o600 });
  await blobs.put(digest, { path: join(root, 'x'), size: 1 });
  expect(readdirSync(join(root, 'blobs', digest.slice(0, 2)))).toEqual([digest.slice(2)]);
  expect(statSync(join(root, 'blobs', digest.slice(0, 2))).mode & 0o777).toBe(0o700);
  mkdirSync(join(root, 'blobs/00'));
  writeFileSync(join(root, 'blobs/00/.0123456789abcdef'), 'half');
  expect(await blobs.list({ limit: 10 })).toHaveLength(1);
  // Somebody may be at work on it.
  expect(readdirSync(join(root, 'blobs/00'))).toHaveLength(1);
  const long = new Date(Date.now() - 2 * 86_400_000);
  utimesSync(join(root, 'blobs/00/.0123456789abcdef'), long, long);
  expect(await blobs.list({ limit: 10 })).toHaveLength(1);
  expect(readdirSync(join(root, 'blobs/00'))).toEqual([]);
  rmSync(root, { recursive: true });
});

test('a stream that nobody reads holds no file open', async () => {
  const root = mkdtempSync(join(tmpdir(), 'pikoci-blobs-'));
  const blobs = createFsBlobs(join(root, 'blobs'));
  const digest = createHash('sha256').update('x').digest('hex');
  writeFileSync(join(root, 'x'), 'x');
  await blobs.put(digest, { path: join(root, 'x'), size: 1 });
  const stream = await blobs.get(digest);
  const held = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // The one the directory itself was read by.
    }
  });
  expect(held.filter((path) => path.startsWith(root))).toEqual([]);
  await stream.cancel();
  rmSync(root, { recursive: true });
});

test('a disk that cannot be written to is told in the words of the port', async () => {
  const root = mkdtempSync(join(tmpdir(), 'pikoci-blobs-'));
  writeFileSync(join(root, 'file'), '');
  const blobs = createFsBlobs(join(root, 'file'));
  expect(blobs.put('ab'.repeat(32), { path: join(root, 'file'), size: 0 })).rejects.toMatchObject({
    code: 'blobs.unavailable',
  });
  rmSync(root, { recursive: true });
});
