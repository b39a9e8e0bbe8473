import type { BlobStore } from '../blobs/blobs.ts';
import { createSharedUploads, type UploadLengths } from '../blobs/shared-uploads.ts';
import { createUploads, type Uploads } from '../blobs/uploads.ts';
import { systemClock } from '../lib/clock.ts';
import type { ShortLivedStore } from '../store/servers.ts';

/** Longer than pieces are kept that nobody comes back for. */
const KEPT_MS = 7 * 24 * 60 * 60_000;

/** Blobs on their way in: on the disk of this server, or where all servers of the database find them. */
export function openUploads(parts: {
  readonly directory: string;
  readonly blobs: BlobStore;
  readonly maxBytes: number;
  readonly shared: ShortLivedStore | undefined;
}): Uploads {
  const { shared, ...options } = parts;
  return shared === undefined
    ? createUploads(options)
    : createSharedUploads({ ...options, lengths: lengthsIn(shared) });
}

export function lengthsIn(store: ShortLivedStore): UploadLengths {
  const keyOf = (upload: string) => ({ kind: 'upload', id: upload }) as const;
  return {
    read: async (upload) => Number((await store.readShortLived(keyOf(upload))) ?? 0),
    move: (upload, from, to) =>
      from === 0
        ? store.addShortLived(keyOf(upload), String(to), systemClock.now() + KEPT_MS)
        : store.changeShortLived(keyOf(upload), String(from), String(to)),
    forget: async (upload) => void (await store.takeShortLived(keyOf(upload))),
  };
}
