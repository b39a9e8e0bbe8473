import type { SourceLoader } from '../pipeline/source.ts';

/** Fetches the `source` of types. `allowPrivate` lets it reach loopback and private networks too. */
export function createSourceLoader({ allowPrivate }: { readonly allowPrivate: boolean }): SourceLoader {
  return {
    fetch: async (url) => {
      // It brings the HTTP client along, which most pipelines never need.
      const { fetchSource } = await import('../lib/system/fetch-source.ts');
      return fetchSource(url, { allowPrivate });
    },
  };
}
