/**
 * Collects what nobody refers to any more. Blobs are marked by asking the store page by page, and swept when they were put (or made new) longer ago
 * than the grace: what was just brought is recorded a moment later by whoever brought it, and an upload that goes on for long is no blob yet.
 */
import type { BlobStore } from '../../blobs/blobs.ts';
import type { Uploads } from '../../blobs/uploads.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import type { OneAtATime } from '../servers/one-at-a-time.ts';
import { createLoop, type Loop, type Timers } from './loop.ts';

export interface BlobSweepParts {
  readonly store: Pick<Store, 'referredBlobs' | 'trimCaches'>;
  readonly blobs: BlobStore;
  readonly uploads: Uploads;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly caches: CacheLimits;
  readonly oneAtATime: OneAtATime;
}

export interface CacheLimits {
  /** One that nobody used for so long is dropped. */
  readonly maxAgeMs: number;
  /** All caches of the server together. */
  readonly maxBytes: number;
}

const EVERY_MS = 60 * 60_000;
/** Also how long an upload that was cut off is kept. */
const GRACE_MS = 24 * 60 * 60_000;
const PAGE = 500;
/** Should it take longer, two at once do no harm. */
const LEASE_MS = 10 * 60_000;

export interface Swept {
  readonly blobs: number;
  readonly bytes: number;
}

export function createBlobSweep(parts: BlobSweepParts): Loop {
  const { store, blobs, uploads, clock, timers, logger, caches } = parts;
  const collect = parts.oneAtATime('collecting blobs', LEASE_MS, async () => {
    const now = clock.now();
    const dropped = await store.trimCaches({ unusedSince: now - caches.maxAgeMs, maxBytes: caches.maxBytes });
    const swept = await sweepBlobs(store, blobs, now - GRACE_MS);
    if (dropped > 0 || swept.blobs > 0) {
      logger.info('blobs collected', { caches: dropped, blobs: swept.blobs, bytes: swept.bytes });
    }
    return undefined;
  });
  return createLoop({
    name: 'collecting blobs',
    pollMs: EVERY_MS,
    timers,
    logger,
    async run() {
      // Each server has those on its own disk.
      await uploads.sweep(clock.now() - GRACE_MS);
      return await collect();
    },
  });
}

/** Deletes the blobs that nothing refers to and that were put before that instant. What is deleted frees its room; what could be freed is told with `dryRun`. */
export async function sweepBlobs(
  store: Pick<Store, 'referredBlobs'>,
  blobs: BlobStore,
  putBefore: number,
  { dryRun = false } = {},
): Promise<Swept> {
  let [count, bytes] = [0, 0];
  for (let after: string | undefined; ; ) {
    const page = await blobs.list({ after, limit: PAGE });
    const old = page.filter(({ putAt }) => putAt < putBefore);
    const referred = await store.referredBlobs(old.map(({ digest }) => digest));
    for (const { digest, size } of old) {
      if (referred.has(digest)) continue;
      // Somebody may have brought it again while this page was looked at.
      if (!dryRun && !(await blobs.delete(digest, putBefore))) continue;
      count += 1;
      bytes += size;
    }
    after = page.at(-1)?.digest;
    if (page.length < PAGE) return { blobs: count, bytes };
  }
}
