import { join } from 'node:path';
import { systemClock } from '../lib/clock.ts';
import type { SourceLoader } from '../pipeline/source.ts';

export interface SourceLoaderOptions {
  /** Loopback and private networks may be reached too. */
  readonly allowPrivate: boolean;
  /** Fetched texts are kept in `sources/` of it. */
  readonly cacheDir: string;
}

/** Fetches the `source` of types, and keeps what it fetched. */
export function createSourceLoader({ allowPrivate, cacheDir }: SourceLoaderOptions): SourceLoader {
  return {
    fetch: async (url, pinned) => {
      // They bring the HTTP client along, which most pipelines never need.
      const { createSourceCache } = await import('../lib/system/source-cache.ts');
      const { fetchCachedSource } = await import('../lib/system/fetch-cached-source.ts');
      const cache = createSourceCache({ directory: join(cacheDir, 'sources'), clock: systemClock });
      return fetchCachedSource(url, { allowPrivate, cache, pinned });
    },
  };
}
