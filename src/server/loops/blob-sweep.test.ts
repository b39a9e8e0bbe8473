import { afterEach, beforeEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobStore } from '../../blobs/blobs.ts';
import { createFsBlobs } from '../../blobs/fs/fs-blobs.ts';
import { sweepBlobs } from './blob-sweep.ts';

const DAY = 86_400_000;
const NOW = 1_700_000_000_000;

let dir = '';
let blobs: BlobStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pikoci-sweep-'));
  blobs = createFsBlobs(join(dir, 'blobs'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

async function put(text: string, daysAgo: number): Promise<string> {
  const digest = digestOf(text);
  writeFileSync(join(dir, 'file'), text);
  await blobs.put(digest, { path: join(dir, 'file'), size: text.length });
  const at = new Date(NOW - daysAgo * DAY);
  utimesSync(join(dir, 'blobs', digest.slice(0, 2), digest.slice(2)), at, at);
  rmSync(join(dir, 'file'));
  return digest;
}

const storeOf = (...referred: readonly string[]) => ({
  referredBlobs: async (asked: readonly string[]) => new Set(asked.filter((digest) => referred.includes(digest))),
});

test('what nothing refers to goes after the grace; what is referred to, or was brought lately, stays', async () => {
  const kept = await put('kept', 30);
  const old = await put('old', 3);
  const young = await put('young', 0.5);
  expect(await sweepBlobs(storeOf(kept), blobs, NOW - DAY, { dryRun: true })).toEqual({ blobs: 1, bytes: 3 });
  expect(await blobs.stat(old)).toBeDefined();
  expect(await sweepBlobs(storeOf(kept), blobs, NOW - DAY)).toEqual({ blobs: 1, bytes: 3 });
  expect((await blobs.list({ limit: 10 })).map(({ digest }) => digest)).toEqual([kept, young].toSorted());
});

test('one that somebody brings again while the others are looked at stays', async () => {
  const old = await put('old', 3);
  const store = {
    async referredBlobs() {
      await blobs.renew(old);
      return new Set<string>();
    },
  };
  expect(await sweepBlobs(store, blobs, NOW - DAY)).toEqual({ blobs: 0, bytes: 0 });
  expect(await blobs.stat(old)).toBeDefined();
});

test('goes through all pages', async () => {
  const all: string[] = [];
  for (let n = 0; n < 1_050; n += 1) all.push(await put(`blob ${n}`, 2));
  const kept = all.filter((_, n) => n % 3 === 0);
  expect((await sweepBlobs(storeOf(...kept), blobs, NOW - DAY)).blobs).toBe(all.length - kept.length);
  expect((await blobs.list({ limit: 2_000 })).map(({ digest }) => digest)).toEqual(kept.toSorted());
});
