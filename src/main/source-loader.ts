import { fetchSource } from '../lib/system/fetch-source.ts';
import type { SourceLoader } from '../pipeline/source.ts';

/** Fetches the `source` of types. `allowPrivate` lets it reach loopback and private networks too. */
export function createSourceLoader({ allowPrivate }: { readonly allowPrivate: boolean }): SourceLoader {
  return { fetch: (url) => fetchSource(url, { allowPrivate }) };
}
